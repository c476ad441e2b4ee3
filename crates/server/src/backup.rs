//! A backup: a directory that `dossier backup` writes and `dossier restore` reads.
//!
//! It has `manifest.json`, the log's signed heads from before the backup began (`log.heads`) with the public keys
//! that verify them (`log.keys`), and the data: of a private server `data`, as `pg_basebackup` copies it, and
//! `password`; of another database `database.dump`, which `pg_dump` writes.

mod folder;
mod manifest;
mod programs;

pub(crate) use self::folder::{Folder, NewFolder};
pub(crate) use self::manifest::{Kind, Manifest, digest};
pub(crate) use self::programs::{Login, Program};
