//! Cursors: signed positions in a list. Callers can't forge them.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::TenantId;
use hmac::{Hmac, Mac as _};
use sha2::Sha256;
use sqlx::{PgConnection, query_scalar};
use uuid::Uuid;

use crate::error::StoreError;
use crate::queries::After;

/// The length of a signature, in bytes.
const SIGNATURE_BYTES: usize = 32;
/// The length of an id, in bytes.
const ID_BYTES: usize = 16;

/// Seals and opens cursors. All instances over one database have the same key.
#[derive(Clone)]
pub struct Cursors {
    signer: Hmac<Sha256>,
}

impl Cursors {
    /// Reads the database's key.
    pub(crate) async fn load(connection: &mut PgConnection) -> Result<Self, StoreError> {
        let secret: Vec<u8> =
            query_scalar("select secret from cursor_key").fetch_one(connection).await?;
        let signer = Hmac::new_from_slice(&secret)
            .map_err(|error| StoreError::unreadable("the key of cursors", error))?;
        Ok(Self { signer })
    }

    /// The cursor for the position `after` in a tenant's list. `list` names the list with its
    /// filters and order.
    #[must_use]
    pub fn seal(&self, tenant: TenantId, list: &str, after: &After) -> String {
        let mut content = after.id.as_bytes().to_vec();
        content.extend_from_slice(after.key.as_bytes());
        let mut cursor = self.signed(tenant, list, &content).finalize().into_bytes().to_vec();
        cursor.append(&mut content);
        URL_SAFE_NO_PAD.encode(cursor)
    }

    /// The sealed position. Nothing if it is for another tenant or list, or is not sealed.
    #[must_use]
    pub fn open(&self, tenant: TenantId, list: &str, cursor: &str) -> Option<After> {
        let cursor = URL_SAFE_NO_PAD.decode(cursor).ok()?;
        let (signature, content) = cursor.split_at_checked(SIGNATURE_BYTES)?;
        self.signed(tenant, list, content).verify_slice(signature).ok()?;
        let (id, key) = content.split_at_checked(ID_BYTES)?;
        let (id, key) = (Uuid::from_slice(id).ok()?, std::str::from_utf8(key).ok()?);
        Some(After { key: key.to_owned(), id })
    }

    fn signed(&self, tenant: TenantId, list: &str, content: &[u8]) -> Hmac<Sha256> {
        let length = u64::try_from(list.len()).unwrap_or(u64::MAX);
        let mut signer = self.signer.clone();
        signer.update(tenant.0.as_bytes());
        signer.update(&length.to_be_bytes());
        signer.update(list.as_bytes());
        signer.update(content);
        signer
    }
}
