//! The interface: what can be asked of an archive, wherever it lies.
//!
//! `conformance` holds every kind of archive to the same behaviour.

use crate::error::Error;
use crate::key;
use crate::local::{Local, Staging};
use bytes::Bytes;
use futures_util::Stream;
use model::Sha256;
use std::ops::Range;
use std::path::Path;
use std::pin::Pin;
use std::sync::Arc;

/// The archive. Cloning is cheap; all clones are one archive.
#[derive(Clone, Debug)]
pub struct Archive {
    local: Arc<Local>,
}

/// An object's bytes, block by block. Nothing is read ahead of the consumer.
pub type Blocks = Pin<Box<dyn Stream<Item = Result<Bytes, Error>> + Send + 'static>>;

/// What is stored under a key.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Receipt {
    /// The key.
    pub key: String,
    /// Size in bytes.
    pub size: u64,
    /// Hash of exactly the stored bytes.
    pub sha256: Sha256,
}

impl Archive {
    /// Opens, and if need be creates, the archive at `url` (`file:FOLDER`, relative to the
    /// folder `data`). Removes what a process that is gone had staged.
    ///
    /// # Errors
    /// [`Error::Unsupported`] for other schemes, [`Error::Unavailable`] when the folder cannot
    /// be used.
    pub fn open(url: &str, data: &Path) -> Result<Self, Error> {
        let (scheme, rest) = url.split_once(':').unwrap_or((url, ""));
        let folder = rest.strip_prefix("//").unwrap_or(rest);
        if scheme != "file" || folder.is_empty() {
            return Err(Error::Unsupported {
                url: format!("{scheme}:"),
            });
        }
        Ok(Self {
            local: Arc::new(Local::open(&data.join(folder))?),
        })
    }

    /// The folder it lies in, for whoever asks its disk for room.
    #[must_use]
    pub fn folder(&self) -> &Path {
        self.local.folder()
    }

    /// A new place to write an object to, before [`Self::put`].
    ///
    /// # Errors
    /// [`Error::Unavailable`] when no file can be made.
    pub fn staging(&self) -> Result<Staging, Error> {
        self.local.staging()
    }

    /// Publishes a staged object, durably and once. `sha256` and `size` are what its writer
    /// knows of it. When the same bytes already stand under `key`, that is success too.
    ///
    /// # Errors
    /// [`Error::Garbled`] when the staged bytes are not those, [`Error::Mismatch`] when other
    /// bytes stand under `key`, [`Error::BadKey`], [`Error::Unavailable`].
    pub async fn put(
        &self,
        key: &str,
        staged: Staging,
        sha256: Sha256,
        size: u64,
    ) -> Result<Receipt, Error> {
        key::check(key)?;
        let receipt = Receipt {
            key: key.to_owned(),
            size,
            sha256,
        };
        self.blocking(move |local| local.publish(staged, receipt))
            .await
    }

    /// Publishes a small object; like [`Self::put`].
    ///
    /// # Errors
    /// Those of [`Self::put`].
    pub async fn put_bytes(&self, key: &str, bytes: &[u8]) -> Result<Receipt, Error> {
        key::check(key)?;
        let (key, bytes) = (key.to_owned(), bytes.to_owned());
        self.blocking(move |local| local.publish_bytes(key, &bytes))
            .await
    }

    /// Reads a part of an object as a stream of blocks.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::OutOfRange`], [`Error::BadKey`], [`Error::Unavailable`];
    /// the last one also in the middle of the stream.
    pub async fn read(&self, key: &str, range: Range<u64>) -> Result<Blocks, Error> {
        key::check(key)?;
        let key = key.to_owned();
        let reader = self
            .blocking(move |local| local.reader(&key, range))
            .await?;
        Ok(Box::pin(reader.blocks()))
    }

    /// An object's size in bytes.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::BadKey`], [`Error::Unavailable`].
    pub async fn size(&self, key: &str) -> Result<u64, Error> {
        key::check(key)?;
        let key = key.to_owned();
        self.blocking(move |local| local.size(&key)).await
    }

    /// Reads an object back in full: its size and hash as they are on the disk now.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::BadKey`], [`Error::Unavailable`].
    pub async fn verify(&self, key: &str) -> Result<Receipt, Error> {
        key::check(key)?;
        let key = key.to_owned();
        self.blocking(move |local| local.verify(&key)).await
    }

    /// Removes an object; one that is not there counts as removed.
    ///
    /// # Errors
    /// [`Error::BadKey`], [`Error::Unavailable`].
    pub async fn remove(&self, key: &str) -> Result<(), Error> {
        key::check(key)?;
        let key = key.to_owned();
        self.blocking(move |local| local.remove(&key)).await
    }

    /// Whether an object could be published now.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when not, with what to look at.
    pub async fn check(&self) -> Result<(), Error> {
        self.blocking(Local::check).await
    }

    async fn blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Local) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        let local = Arc::clone(&self.local);
        match tokio::task::spawn_blocking(move || work(&local)).await {
            Ok(done) => done,
            Err(failed) => Err(Error::Unavailable {
                path: self.local.folder().to_owned(),
                source: std::io::Error::other(failed),
            }),
        }
    }
}
