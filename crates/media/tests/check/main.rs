//! Files made elsewhere: which are taken, what they hold, and why the others are not.
#![expect(clippy::unwrap_used, reason = "test helpers panic")]

mod mp3;
mod wav;

use media::check::{Bad, Check, Kind, Sound, Whole};

/// The verdict on a whole file, which is the same however it arrives.
fn verdict(kind: Kind, file: &[u8]) -> Result<Sound, Bad> {
    outlined(kind, file).map(|whole| whole.sound)
}

/// The verdict, and the outline of what is sound.
fn outlined(kind: Kind, file: &[u8]) -> Result<Whole, Bad> {
    let whole = in_pieces(kind, file, file.len().max(1));
    for size in [1, 7, 1000] {
        assert_eq!(in_pieces(kind, file, size), whole, "pieces of {size}");
    }
    whole
}

fn in_pieces(kind: Kind, file: &[u8], size: usize) -> Result<Whole, Bad> {
    let mut check = Check::new(kind);
    for piece in file.chunks(size) {
        check.push(piece)?;
    }
    check.finish()
}
