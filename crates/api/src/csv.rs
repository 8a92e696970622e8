//! Tables of comma-separated values (RFC 4180), read record by record: one record in memory,
//! however long the table is.
//!
//! Knows lines and cells, and nothing of what they mean. What is not UTF-8 is replaced.

use std::io::{self, BufRead, Chain, Cursor, Read};

/// Most bytes of a record: a quote that nobody closes takes no more memory.
const RECORD_BYTES_MAX: usize = 1 << 20;

/// A line of cells, or several lines where a cell holds line ends.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Record {
    /// The line it begins on, from 1.
    pub line: u64,
    /// Its cells, outer blanks kept.
    pub cells: Vec<String>,
}

/// Why a table cannot be read any further.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    /// The quote of a cell is not closed.
    #[error("line {line}: a quote is not closed")]
    Unclosed {
        /// Where the record begins.
        line: u64,
    },
    /// A record is longer than 1 MiB.
    #[error("line {line}: the row is longer than 1 MiB; is a quote not closed?")]
    TooLong {
        /// Where the record begins.
        line: u64,
    },
    /// It could not be read.
    #[error("it cannot be read: {0}")]
    Read(#[from] io::Error),
}

/// The records of a table, without empty ones. Ends after the first fault.
#[derive(Debug)]
pub struct Records<R> {
    from: Chain<Cursor<Vec<u8>>, R>,
    separator: u8,
    line: u64,
    over: bool,
}

impl<R: BufRead> Records<R> {
    /// Begins to read. What separates cells is told from the first line where it is not given:
    /// a comma, or where there is none a semicolon, as people's spreadsheets write, or a tab.
    ///
    /// # Errors
    /// When the first line cannot be read.
    pub fn new(mut from: R, separator: Option<u8>) -> io::Result<Self> {
        let mut head = Vec::new();
        let most = RECORD_BYTES_MAX as u64;
        from.by_ref().take(most).read_until(b'\n', &mut head)?;
        let mark = "\u{feff}".as_bytes();
        if head.starts_with(mark) {
            head.drain(..mark.len());
        }
        let there = |separator: &u8| head.contains(separator);
        let likely = [b',', b';', b'\t'].into_iter().find(there);
        Ok(Self {
            separator: separator.or(likely).unwrap_or(b','),
            from: Cursor::new(head).chain(from),
            line: 1,
            over: false,
        })
    }

    /// What separates cells.
    #[must_use]
    pub fn separator(&self) -> u8 {
        self.separator
    }

    fn peek(&mut self) -> io::Result<Option<u8>> {
        Ok(self.from.fill_buf()?.first().copied())
    }

    fn take(&mut self) -> io::Result<Option<u8>> {
        let byte = self.peek()?;
        if byte.is_some() {
            self.from.consume(1);
        }
        self.line += u64::from(byte == Some(b'\n'));
        Ok(byte)
    }

    /// The next record, also an empty one; `None` at the end.
    fn record(&mut self) -> Result<Option<Record>, Fault> {
        let line = self.line;
        let (mut cells, mut cell, mut quoted, mut bytes) = (Vec::new(), Vec::new(), false, 0);
        loop {
            let Some(byte) = self.take()? else {
                if quoted {
                    return Err(Fault::Unclosed { line });
                }
                if bytes == 0 {
                    return Ok(None);
                }
                break;
            };
            bytes += 1;
            if bytes > RECORD_BYTES_MAX {
                return Err(Fault::TooLong { line });
            }
            match byte {
                b'"' if quoted && self.peek()? == Some(b'"') => {
                    self.from.consume(1);
                    cell.push(b'"');
                }
                b'"' if quoted => quoted = false,
                b'"' if cell.trim_ascii().is_empty() => {
                    cell.clear();
                    quoted = true;
                }
                b'\r' if !quoted && self.peek()? == Some(b'\n') => {}
                b'\n' if !quoted => break,
                other if other == self.separator && !quoted => cells.push(text(&mut cell)),
                other => cell.push(other),
            }
        }
        cells.push(text(&mut cell));
        Ok(Some(Record { line, cells }))
    }
}

fn text(cell: &mut Vec<u8>) -> String {
    let text = String::from_utf8_lossy(cell).into_owned();
    cell.clear();
    text
}

impl<R: BufRead> Iterator for Records<R> {
    type Item = Result<Record, Fault>;

    fn next(&mut self) -> Option<Self::Item> {
        while !self.over {
            let record = self.record().transpose();
            self.over = !matches!(record, Some(Ok(_)));
            match record {
                Some(Ok(record)) if record.cells.iter().all(|cell| cell.trim().is_empty()) => {}
                other => return other,
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(table: &[u8], buffer: usize) -> Vec<Result<(u64, Vec<String>), String>> {
        let from = io::BufReader::with_capacity(buffer, table);
        let records = Records::new(from, None).unwrap();
        let plain = |record: Result<Record, Fault>| {
            let record = record.map(|record| (record.line, record.cells));
            record.map_err(|fault| fault.to_string())
        };
        records.map(plain).collect()
    }

    fn cells(cells: &[&str]) -> Vec<String> {
        cells.iter().map(|&cell| cell.to_owned()).collect()
    }

    #[test]
    fn records_hold_quotes_separators_and_line_ends() {
        let table = "\u{feff}a, \"b\"\"c\",\"d,\r\ne\"\r\n\r\n,\n1,2,3\rx\nlast";
        let expected = [
            Ok((1, cells(&["a", "b\"c", "d,\r\ne"]))),
            Ok((5, cells(&["1", "2", "3\rx"]))),
            Ok((6, cells(&["last"]))),
        ];
        for buffer in [1, 2, 7, 1_000] {
            assert_eq!(read(table.as_bytes(), buffer), expected, "{buffer}");
        }
    }

    #[test]
    fn what_separates_stands_in_the_first_line() {
        for (table, separator) in [
            ("a;b,c\n", b','),
            ("a;b\n1,5;2", b';'),
            ("a\tb\n", b'\t'),
            ("a\n1;2", b','),
        ] {
            let records = Records::new(table.as_bytes(), None).unwrap();
            assert_eq!(records.separator(), separator, "{table}");
        }
        let given = Records::new("a,b|c".as_bytes(), Some(b'|')).unwrap();
        let first = given.map(Result::unwrap).next().unwrap();
        assert_eq!(first.cells, ["a,b", "c"]);
    }

    #[test]
    fn faults_name_their_line_and_end_the_table() {
        let fault = Err("line 2: a quote is not closed".to_owned());
        assert_eq!(read(b"a\n\"b\nc\n", 10).last(), Some(&fault));
        let mut long = b"a\n\"".to_vec();
        long.resize(RECORD_BYTES_MAX + 10, b'x');
        let found = read(&long, 1_000);
        assert_eq!(found.len(), 2);
        assert!(found[1].as_ref().unwrap_err().contains("1 MiB"));
    }

    proptest! {
        #[test]
        fn what_is_written_with_quotes_is_read(
            table in prop::collection::vec(prop::collection::vec("[^x]{0,4}|x", 1..4), 1..6),
        ) {
            let quoted = |cell: &String| format!("\"{}\"", cell.replace('"', "\"\""));
            let line = |row: &Vec<String>| {
                row.iter().map(quoted).collect::<Vec<_>>().join(",") + "\n"
            };
            let written: String = table.iter().map(line).collect();
            let records = Records::new(written.as_bytes(), Some(b',')).unwrap();
            let read: Vec<Vec<String>> = records.map(|record| record.unwrap().cells).collect();
            let mut expected = table;
            expected.retain(|row| row.iter().any(|cell| !cell.trim().is_empty()));
            prop_assert_eq!(read, expected);
        }
    }
}
