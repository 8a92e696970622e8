//! The file of a recording on its way to the writer: hashed and outlined as it goes by.

use crate::levels::{ChannelReport, Levels};
use media::Peaks;
use model::Sha256;
use sha2::Digest;
use std::io::{self, Write};

/// Octets handed to the writer at once.
const WRITE_OCTETS: usize = 64 * 1024;

/// Writes, hashes and outlines in one go.
pub(crate) struct Sink<'a> {
    out: &'a mut dyn Write,
    header: Vec<u8>,
    octets: Vec<u8>,
    size: u64,
    hash: sha2::Sha256,
    peaks: Peaks,
    levels: Levels,
}

impl<'a> Sink<'a> {
    pub(crate) fn new(out: &'a mut dyn Write, sample_rate: u32, samples: u64) -> Self {
        let peaks = Peaks::new(sample_rate, samples);
        let octets = Vec::with_capacity(WRITE_OCTETS);
        Self {
            out,
            header: media::wav::header(sample_rate, samples),
            octets,
            size: 0,
            hash: sha2::Sha256::new(),
            peaks,
            levels: Levels::new(sample_rate),
        }
    }

    /// Writes what stands before the sound.
    pub(crate) fn header(&mut self) -> io::Result<()> {
        let header = std::mem::take(&mut self.header);
        self.write(&header)
    }

    /// Writes the next samples, left and right in turn.
    pub(crate) fn samples(&mut self, interleaved: &[i16]) -> io::Result<()> {
        self.peaks.push(interleaved);
        self.levels.push(interleaved);
        let mut octets = std::mem::take(&mut self.octets);
        octets.resize(interleaved.len() * 2, 0);
        let (pairs, _none) = octets.as_chunks_mut::<2>();
        for (pair, sample) in pairs.iter_mut().zip(interleaved) {
            *pair = sample.to_le_bytes();
        }
        let outcome = self.write(&octets);
        self.octets = octets;
        outcome
    }

    fn write(&mut self, octets: &[u8]) -> io::Result<()> {
        self.hash.update(octets);
        self.size += octets.len() as u64;
        self.out.write_all(octets)
    }

    /// Size, hash, outline and levels of what was written.
    pub(crate) fn finish(self) -> io::Result<(u64, Sha256, Vec<u8>, [ChannelReport; 2])> {
        self.out.flush()?;
        let sha256 = Sha256(self.hash.finalize().into());
        let (peaks, levels) = (self.peaks.finish(), self.levels.finish());
        Ok((self.size, sha256, peaks, levels))
    }
}
