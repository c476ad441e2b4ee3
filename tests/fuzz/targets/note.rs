//! Signed heads and proofs: any text, and any content under a signature that is right.
#![no_main]

use std::sync::LazyLock;

use arbitrary::Arbitrary;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use libfuzzer_sys::fuzz_target;
use store::Partition;
use store::log::{TreeHead, LogKey, Proof, Verifier, read_heads};

static KEY: LazyLock<LogKey> =
    LazyLock::new(|| LogKey::from_random("log.test", [7; 32]).expect("a key"));
static VERIFIERS: LazyLock<Vec<Verifier>> =
    LazyLock::new(|| Partition::all().map(|partition| KEY.verifier(partition)).collect());

#[derive(Arbitrary, Debug)]
struct Input<'a> {
    partition: u8,
    size: i64,
    root: [u8; 32],
    /// What comes before and after the signed head.
    around: (&'a str, &'a str),
    extra: &'a str,
    index: i64,
    path: Vec<[u8; 32]>,
}

fuzz_target!(|input: Input<'_>| {
    let partition = Partition::new((input.partition % 32).into()).expect("a partition");
    let head = TreeHead { partition, size: input.size, root: input.root };
    let signed = KEY.sign(&head);
    if input.size >= 0 {
        assert_eq!(read_heads(&signed, &VERIFIERS).as_deref(), Ok(&[head][..]));
    }
    let (before, after) = input.around;
    for text in [format!("{before}{signed}"), format!("{signed}{after}"), before.to_owned()] {
        if let Ok(heads) = read_heads(&text, &VERIFIERS) {
            assert!(heads.contains(&head), "only that one was ever signed");
        }
    }

    let extra = STANDARD.encode(input.extra);
    let path: String = input.path.iter().map(|hash| STANDARD.encode(hash) + "\n").collect();
    let index = input.index;
    let proof = format!("c2sp.org/tlog-proof@v1\nextra {extra}\nindex {index}\n{path}\n{signed}");
    if let Ok(proof) = Proof::verify(&proof, &VERIFIERS) {
        // It would take a hash that leads to the root. What is proved is written as it was read.
        assert_eq!(Proof::verify(&proof.text(&KEY), &VERIFIERS), Ok(proof));
    }
    let _ = Proof::verify(before, &VERIFIERS);
});
