//! The node's key, which seals media keys in the journal: `keys/node.key` below `server.data`.
//!
//! It is made once, read by this user alone, never printed, and never replaced: what was sealed
//! with it would be lost.

use anyhow::Context as _;
use journal::{SEAL_KEY_OCTETS, Seal};
use std::fs::{File, OpenOptions, Permissions};
use std::io::{ErrorKind, Read as _, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

/// Whoever may read the file.
const OWNER_ONLY: u32 = 0o600;

/// The seal of this system's key, which is made when there is none.
///
/// # Errors
/// When it can be neither read nor made, or is no key.
pub(crate) fn seal(data: &Path) -> anyhow::Result<Seal> {
    let path = path(data);
    match read(&path)? {
        Some(seal) => Ok(seal),
        None => make(&path).with_context(|| format!("{} cannot be made", path.display())),
    }
}

/// The seal of this system's key, if it has one.
///
/// # Errors
/// When it cannot be read, or is no key.
pub(crate) fn existing(data: &Path) -> anyhow::Result<Option<Seal>> {
    read(&path(data))
}

fn path(data: &Path) -> PathBuf {
    data.join("keys").join("node.key")
}

fn read(path: &Path) -> anyhow::Result<Option<Seal>> {
    let file = match File::open(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        opened => opened.with_context(|| format!("{} cannot be read", path.display()))?,
    };
    let mut octets = Vec::new();
    let limit = SEAL_KEY_OCTETS as u64 + 1;
    (&file)
        .take(limit)
        .read_to_end(&mut octets)
        .with_context(|| format!("{} cannot be read", path.display()))?;
    let key = <[u8; SEAL_KEY_OCTETS]>::try_from(octets).ok();
    let key = key.with_context(|| {
        let shown = path.display();
        format!("{shown} is no key: put the file back from a copy, or move it away for a new one")
    })?;
    // A copy may have brought back wider permissions.
    let mode = file.metadata()?.permissions().mode();
    if mode & 0o077 != 0 {
        file.set_permissions(Permissions::from_mode(OWNER_ONLY))
            .with_context(|| format!("{} can be read by others", path.display()))?;
    }
    Ok(Some(Seal::new(&key)))
}

/// Whole or not there: written beside its place, synced, and given its name.
fn make(path: &Path) -> anyhow::Result<Seal> {
    let folder = path.parent().context("it has no folder")?;
    std::fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(folder)?;
    let mut key = [0; SEAL_KEY_OCTETS];
    getrandom::fill(&mut key).context("the system gives no random bytes")?;
    let unfinished = path.with_extension("new");
    let mut file = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(OWNER_ONLY)
        .open(&unfinished)?;
    file.write_all(&key)?;
    file.sync_all()?;
    std::fs::rename(&unfinished, path)?;
    File::open(folder)?.sync_all()?;
    Ok(Seal::new(&key))
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::SessionId;

    fn sealed(seal: &Seal) -> Vec<u8> {
        seal.seal(session(), 0, [1; 12], b"secret")
    }

    fn session() -> SessionId {
        SessionId::mint(1, [1; 10])
    }

    #[test]
    fn the_key_is_made_once_and_for_its_owner_alone() {
        let folder = tempfile::tempdir().unwrap();
        assert!(existing(folder.path()).unwrap().is_none());
        let first = sealed(&seal(folder.path()).unwrap());
        let path = folder.path().join("keys/node.key");
        let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&path), 0o600);
        assert_eq!(mode(path.parent().unwrap()), 0o700);
        std::fs::set_permissions(&path, Permissions::from_mode(0o644)).unwrap();
        let again = seal(folder.path()).unwrap();
        assert_eq!(again.open(session(), 0, &first).unwrap(), b"secret");
        assert_eq!(mode(&path), 0o600);
        let known = existing(folder.path()).unwrap().unwrap();
        assert_eq!(known.open(session(), 0, &first).unwrap(), b"secret");
    }

    #[test]
    fn what_is_no_key_is_never_replaced() {
        for octets in [&[][..], &[7; 31], &[7; 33]] {
            let folder = tempfile::tempdir().unwrap();
            let path = path(folder.path());
            std::fs::create_dir(path.parent().unwrap()).unwrap();
            std::fs::write(&path, octets).unwrap();
            let error = seal(folder.path()).unwrap_err().to_string();
            assert!(error.contains("node.key is no key"), "{error}");
            assert_eq!(std::fs::read(&path).unwrap(), octets);
        }
    }
}
