//! Signed heads as text: checkpoints (c2sp.org/tlog-checkpoint) in signed notes
//! (c2sp.org/signed-note).

use std::fmt;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ring::signature::{ED25519, Ed25519KeyPair, KeyPair as _, UnparsedPublicKey};
use sha2::{Digest as _, Sha256};

use crate::log::head::TreeHead;
use crate::model::AnswerKey;
use crate::partition::Partition;

/// The type byte of Ed25519 keys and signatures.
const ED25519_TYPE: u8 = 1;
/// The length of a key or a seed, in bytes.
const KEY_BYTES: usize = 32;
/// The prefix of a signing key.
const SIGNING: &str = "PRIVATE+KEY+";
/// The prefix of a signature's line: an em dash and a space.
const DASH: &str = "\u{2014} ";

/// The key that signs a log's heads. Each partition's head is signed under its own name: the key's
/// name, `/` and the number of the partition.
pub struct LogKey {
    name: String,
    seed: [u8; KEY_BYTES],
    pair: Ed25519KeyPair,
}

/// The public key that verifies the heads of a partition.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Verifier {
    name: String,
    public: [u8; KEY_BYTES],
}

/// A text is malformed. Errors do not repeat the text.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum NoteError {
    /// Not a signing key.
    #[error("a signing key is PRIVATE+KEY+<name>+<8 digits>+<base64>, and its parts must agree")]
    NotASigningKey,
    /// Not a valid name of a key.
    #[error("a key's name has 1 to 200 printable characters, without spaces and plus signs")]
    NotAName,
    /// Not a verifier key.
    #[error("a verifier key is <name>+<8 digits>+<base64>, and its parts must agree")]
    NotAVerifier,
    /// Not a head.
    #[error("head {0} isn't a checkpoint: origin, size, root, an empty line, signatures")]
    NotAHead(usize),
    /// No known key signed this head.
    #[error("head {0} isn't signed by a key that is known")]
    Unsigned(usize),
    /// A known key is named, but its signature does not match.
    #[error("head {0} isn't the one that was signed: its signature doesn't fit")]
    Forged(usize),
    /// There is no head.
    #[error("there is no head in it")]
    NoHead,
}

impl LogKey {
    /// Creates the key called `name` from random bytes.
    ///
    /// # Errors
    ///
    /// [`NoteError::NotAName`].
    pub fn from_random(name: &str, seed: [u8; KEY_BYTES]) -> Result<Self, NoteError> {
        let fits = |c: char| c.is_ascii_graphic() && c != '+';
        if name.is_empty() || name.len() > 200 || !name.chars().all(fits) {
            return Err(NoteError::NotAName);
        }
        let pair = Ed25519KeyPair::from_seed_unchecked(&seed);
        let pair = pair.map_err(|_| NoteError::NotASigningKey)?;
        Ok(Self { name: name.to_owned(), seed, pair })
    }

    /// The whole key as text, to be kept secret.
    #[must_use]
    pub fn reveal(&self) -> String {
        let id = key_id(&self.name, &self.public());
        format!("{SIGNING}{}+{id:08x}+{}", self.name, encode(&self.seed))
    }

    /// The verifier for a partition's heads.
    #[must_use]
    pub fn verifier(&self, partition: Partition) -> Verifier {
        Verifier { name: self.origin(partition), public: self.public() }
    }

    /// The head as a checkpoint, signed.
    #[must_use]
    pub fn sign(&self, head: &TreeHead) -> String {
        let TreeHead { partition, size, root } = head;
        let name = self.origin(*partition);
        self.sign_text(*partition, &format!("{name}\n{size}\n{}\n", STANDARD.encode(root)))
    }

    /// A text, which ends with a line feed, as a signed note.
    pub(crate) fn sign_text(&self, partition: Partition, text: &str) -> String {
        let Verifier { name, public } = self.verifier(partition);
        let mut signature = key_id(&name, &public).to_be_bytes().to_vec();
        signature.extend_from_slice(self.pair.sign(text.as_bytes()).as_ref());
        format!("{text}\n{DASH}{name} {}\n", STANDARD.encode(signature))
    }

    /// The key that authenticates stored answers. It is derived from this one, so instances need no
    /// other.
    #[must_use]
    pub fn answer_key(&self) -> AnswerKey {
        let secret = Sha256::new().chain_update("dossier kept answers\n").chain_update(self.seed);
        AnswerKey::new(&secret.finalize().into())
    }

    pub(crate) fn origin(&self, partition: Partition) -> String {
        format!("{}/{partition}", self.name)
    }

    fn public(&self) -> [u8; KEY_BYTES] {
        self.pair.public_key().as_ref().try_into().unwrap_or_default()
    }
}

impl fmt::Debug for LogKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LogKey").field("name", &self.name).finish_non_exhaustive()
    }
}

impl FromStr for LogKey {
    type Err = NoteError;

    fn from_str(text: &str) -> Result<Self, NoteError> {
        let parts = text.strip_prefix(SIGNING).and_then(parts);
        let (name, id, seed) = parts.ok_or(NoteError::NotASigningKey)?;
        let key = Self::from_random(name, seed)?;
        if key_id(&key.name, &key.public()) == id {
            Ok(key)
        } else {
            Err(NoteError::NotASigningKey)
        }
    }
}

impl fmt::Display for Verifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { name, public } = self;
        write!(f, "{name}+{:08x}+{}", key_id(name, public), encode(public))
    }
}

impl FromStr for Verifier {
    type Err = NoteError;

    fn from_str(text: &str) -> Result<Self, NoteError> {
        let (name, id, public) = parts(text).ok_or(NoteError::NotAVerifier)?;
        let right = key_id(name, &public) == id;
        let verifier = Self { name: name.to_owned(), public };
        if right { Ok(verifier) } else { Err(NoteError::NotAVerifier) }
    }
}

/// Reads kept heads, one after another. Each must be signed by one of `verifiers`.
///
/// # Errors
///
/// A [`NoteError`] with the number of the bad head, from 1.
pub fn read_heads(text: &str, verifiers: &[Verifier]) -> Result<Vec<TreeHead>, NoteError> {
    let (mut heads, mut rest) = (Vec::new(), text.trim_start_matches('\n'));
    while !rest.is_empty() {
        let nth = heads.len().saturating_add(1);
        let (signed, signatures) = rest.split_once("\n\n").ok_or(NoteError::NotAHead(nth))?;
        let length: usize = signatures
            .split_inclusive('\n')
            .take_while(|line| line.starts_with(DASH))
            .map(str::len)
            .sum();
        let (signatures, after) = signatures.split_at(length);
        heads.push(head(nth, &format!("{signed}\n"), signatures, verifiers)?);
        rest = after.trim_start_matches('\n');
    }
    if heads.is_empty() { Err(NoteError::NoHead) } else { Ok(heads) }
}

/// The head in a text, if a known key signed it.
fn head(
    nth: usize,
    text: &str,
    signatures: &str,
    verifiers: &[Verifier],
) -> Result<TreeHead, NoteError> {
    let name = known_signer(text, signatures, verifiers).map_err(|why| match why {
        NotSigned::Malformed => NoteError::NotAHead(nth),
        NotSigned::Forged => NoteError::Forged(nth),
        NotSigned::Unknown => NoteError::Unsigned(nth),
    })?;
    checkpoint(name, text).ok_or(NoteError::NotAHead(nth))
}

/// Why a text is not signed by a known key.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum NotSigned {
    /// The signatures are malformed.
    Malformed,
    /// The signature of a known key does not match.
    Forged,
    /// There is no signature of a known key.
    Unknown,
}

/// The name of a known key that signed a text.
pub(crate) fn known_signer<'a>(
    text: &str,
    signatures: &'a str,
    verifiers: &[Verifier],
) -> Result<&'a str, NotSigned> {
    let mut known = None;
    for line in signatures.lines() {
        let named = line.strip_prefix(DASH).and_then(|line| line.split_once(' '));
        let (name, signature) = named.ok_or(NotSigned::Malformed)?;
        let signature = STANDARD.decode(signature).map_err(|_| NotSigned::Malformed)?;
        let (id, signature) = signature.split_at_checked(4).ok_or(NotSigned::Malformed)?;
        let of = |verifier: &&Verifier| {
            verifier.name == name && key_id(name, &verifier.public).to_be_bytes() == id
        };
        // There may be signatures of others, such as witnesses.
        if let Some(verifier) = verifiers.iter().find(of) {
            UnparsedPublicKey::new(&ED25519, verifier.public)
                .verify(text.as_bytes(), signature)
                .map_err(|_| NotSigned::Forged)?;
            known = Some(name);
        }
    }
    known.ok_or(NotSigned::Unknown)
}

/// Reads origin, size and root. Further lines are ignored.
fn checkpoint(name: &str, text: &str) -> Option<TreeHead> {
    let mut lines = text.lines();
    let (_, partition) = lines.next().filter(|origin| *origin == name)?.rsplit_once('/')?;
    let partition = Partition::new(partition.parse().ok()?)?;
    let size = lines.next()?.parse().ok().filter(|size| *size >= 0)?;
    let root = STANDARD.decode(lines.next()?).ok()?.try_into().ok()?;
    Some(TreeHead { partition, size, root })
}

/// Name, id and key of a key's text.
fn parts(text: &str) -> Option<(&str, u32, [u8; KEY_BYTES])> {
    let (name, rest) = text.split_once('+')?;
    let (id, key) = rest.split_once('+')?;
    let key = STANDARD.decode(key).ok()?;
    let (&ED25519_TYPE, key) = key.split_first()? else { return None };
    let id = u32::from_str_radix(id, 16).ok()?;
    Some((name, id, key.try_into().ok()?))
}

fn encode(key: &[u8; KEY_BYTES]) -> String {
    STANDARD.encode([&[ED25519_TYPE], &key[..]].concat())
}

/// The id of a public key with a name: the first bytes of a SHA-256 over both.
fn key_id(name: &str, public: &[u8; KEY_BYTES]) -> u32 {
    let digest = Sha256::new()
        .chain_update(name)
        .chain_update([b'\n', ED25519_TYPE])
        .chain_update(public)
        .finalize();
    digest.iter().take(4).fold(0, |id, byte| id << 8 | u32::from(*byte))
}

#[cfg(test)]
mod tests;
