use crate::error::Error;
use rusqlite::{Connection, Transaction};
use std::path::Path;
pub(crate) struct Database {}
impl Database {
    pub(crate) fn open(url: &str, _data: &Path) -> Result<Self, Error> {
        Err(Error::Unsupported {
            url: url.to_owned(),
        })
    }
    pub(crate) async fn read<T, F>(&self, _work: F) -> Result<T, Error>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> Result<T, Error> + Send + 'static,
    {
        Err(Error::Inconsistent(String::new()))
    }
    pub(crate) async fn write<T, F>(&self, _work: F) -> Result<T, Error>
    where
        T: Send + 'static,
        F: FnOnce(&Transaction<'_>) -> Result<T, Error> + Send + 'static,
    {
        Err(Error::Inconsistent(String::new()))
    }
}
