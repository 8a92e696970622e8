//! Writes the house of the compatible API's tests into a data folder, so that the real program
//! can be asked what the tests ask: `furnished_house FOLDER`, before the program is started.

#![expect(
    clippy::unwrap_used,
    reason = "what a test needs fails when it cannot be made"
)]

#[path = "../tests/compat/furniture.rs"]
mod furniture;

use archive::Archive;
use catalogue::Catalogue;
use std::path::PathBuf;

#[tokio::main]
async fn main() {
    let folder = std::env::args_os().nth(1).map(PathBuf::from);
    let folder = folder.expect("usage: furnished_house FOLDER");
    std::fs::create_dir_all(&folder).unwrap();
    let catalogue = Catalogue::open("sqlite:catalogue.db", &folder).unwrap();
    let archive = Archive::open("file:archive", &folder).unwrap();
    furniture::people(&catalogue).await;
    furniture::recordings(&catalogue, &archive).await;
}
