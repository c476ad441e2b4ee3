use super::*;

/// A verifier key and a note of its, from the documentation of Go's package `note`.
const PETER: &str = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";

#[test]
fn keys_are_those_of_other_tools() {
    let verifier: Verifier = PETER.parse().unwrap();
    assert_eq!(verifier.to_string(), PETER);
    let text = "If you think cryptography is the answer to your problem,\n\
                then you don't know what your problem is.\n";
    let signature = "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";
    // It is signed, but it isn't a head.
    let kept = read_heads(&format!("{text}\n{signature}"), std::slice::from_ref(&verifier));
    assert_eq!(kept, Err(NoteError::NotAHead(1)));
    let other = text.replace("your problem", "my problem");
    assert_eq!(
        read_heads(&format!("{other}\n{signature}"), &[verifier]),
        Err(NoteError::Forged(1))
    );
}

fn key() -> LogKey {
    LogKey::from_random("dossier.example/log", [7; 32]).unwrap()
}

fn head(partition: i16, size: i64) -> TreeHead {
    TreeHead { partition: Partition::new(partition).unwrap(), size, root: [9; 32] }
}

#[test]
fn a_signing_key_reads_back_and_hides_itself() {
    let revealed = key().reveal();
    let again: LogKey = revealed.parse().unwrap();
    assert_eq!(again.reveal(), revealed);
    let seed = STANDARD.encode([&[1], &[7; 32][..]].concat());
    assert!(revealed.contains(&seed) && !format!("{again:?}").contains(&seed));
    for wrong in ["", "PRIVATE+KEY+a", &revealed.replace("log", "lag"), &revealed[12..]] {
        assert_eq!(wrong.parse::<LogKey>().err(), Some(NoteError::NotASigningKey), "{wrong}");
    }
    for name in ["", "a b", "a+b", "a\nb", "ä"] {
        assert_eq!(LogKey::from_random(name, [7; 32]).err(), Some(NoteError::NotAName), "{name}");
    }
}

#[test]
fn what_a_key_signed_it_verifies_whatever_stands_around_it() {
    let heads = [head(0, 0), head(7, 20_852_163), head(31, i64::MAX)];
    let verifiers: Vec<_> = Partition::all().map(|partition| key().verifier(partition)).collect();
    let notes: Vec<_> = heads.iter().map(|head| key().sign(head)).collect();
    for between in ["", "\n", "\n\n\n"] {
        let text = format!("\n{}\n", notes.join(between));
        assert_eq!(read_heads(&text, &verifiers).as_deref(), Ok(&heads[..]), "{between:?}");
    }
    let witnessed = format!("{}{DASH}witness.example AAAAAAAA\n", notes[1]);
    assert_eq!(read_heads(&witnessed, &verifiers), Ok(vec![heads[1]]));
}

#[test]
fn a_head_that_was_changed_or_signed_by_others_is_refused() {
    let note = key().sign(&head(7, 20));
    let verifiers = [key().verifier(Partition::new(7).unwrap())];
    for (from, to) in [("\n20\n", "\n21\n"), ("CQkJ", "CQkK"), ("log/7\n", "log/8\n")] {
        let forged = note.replacen(from, to, 1);
        assert_ne!(forged, note);
        assert_eq!(read_heads(&forged, &verifiers), Err(NoteError::Forged(1)), "{to:?}");
    }
    let stranger = LogKey::from_random("dossier.example/log", [8; 32]).unwrap().sign(&head(7, 20));
    assert_eq!(read_heads(&stranger, &verifiers), Err(NoteError::Unsigned(1)));
    let of_another = key().sign(&head(8, 20));
    let both = format!("{note}{of_another}");
    assert_eq!(read_heads(&both, &verifiers), Err(NoteError::Unsigned(2)));
    assert_eq!(read_heads("\n\n", &verifiers), Err(NoteError::NoHead));
    for unfinished in [&note[..20], "a\n\n", note.split_once('\u{2014}').unwrap().0] {
        let refused = read_heads(unfinished, &verifiers);
        assert!(matches!(refused, Err(NoteError::NotAHead(1) | NoteError::Unsigned(1))));
    }
}
