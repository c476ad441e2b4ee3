//! E-mail addresses: the local part as in RFC 6531, the domain as in IDNA (UTS 46).

use email_address::EmailAddress;
use idna::AsciiDenyList;
use idna::uts46::{DnsLength, Hyphens, Uts46};

use super::visible::as_it_looks;

const REFUSED: &str = "must be an e-mail address";

/// Refuses what no mail server accepts. Only a delivered message proves that an address works.
pub(crate) fn email(address: &str) -> Result<(), &'static str> {
    let (local, domain) = address.rsplit_once('@').ok_or(REFUSED)?;
    as_it_looks(local)?;
    if !EmailAddress::is_valid_local_part(local) || local.contains(char::is_whitespace) {
        return Err(REFUSED);
    }
    // Of the characters that show nothing, some scripts need joiners; IDNA knows where.
    let joiner = |character: char| matches!(character, '\u{200c}' | '\u{200d}');
    domain.split(joiner).try_for_each(as_it_looks)?;
    let ascii = Uts46::new().to_ascii(
        domain.as_bytes(),
        AsciiDenyList::STD3,
        Hyphens::CheckFirstLast,
        DnsLength::Verify,
    );
    // A domain without a dot is not on the internet.
    if ascii.is_ok_and(|ascii| ascii.contains('.')) { Ok(()) } else { Err(REFUSED) }
}
