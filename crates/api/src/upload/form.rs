//! `multipart/form-data` (RFC 7578), taken apart as it arrives.
//!
//! Sans-IO: octets go in, events come out; of a part's body only what may be the beginning of
//! a boundary is held back. Knows nothing of what parts mean.

/// Longest header section of one part in octets.
const HEAD_OCTETS_MAX: usize = 8 * 1024;

/// Most octets before the first boundary.
const PREAMBLE_OCTETS_MAX: usize = 8 * 1024;

/// Most parts.
const PARTS_MAX: usize = 32;

/// What arrived.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Event {
    /// A part begins.
    Begin(Part),
    /// Octets of its body.
    Data(Vec<u8>),
    /// It is over.
    End,
}

/// What a part says of itself.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct Part {
    /// `name` of the content disposition.
    pub(crate) name: String,
    /// Media type in lower case, without parameters; empty when none is given.
    pub(crate) media_type: String,
    /// Content transfer encoding in lower case; empty when none is given.
    pub(crate) encoding: String,
}

/// Why a form cannot be read.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub(crate) enum BadForm {
    #[error("the form has no boundary where one should be")]
    NoBoundary,
    #[error("a part has no proper head")]
    BadHead,
    #[error("the form has too many parts")]
    TooManyParts,
    #[error("the form ends too early")]
    Truncated,
}

/// A form being read.
#[derive(Debug)]
pub(crate) struct Form {
    /// `CRLF -- boundary`.
    delimiter: Vec<u8>,
    buffer: Vec<u8>,
    state: State,
    parts: usize,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum State {
    Preamble,
    /// Behind a boundary: the end, or the rest of its line.
    Boundary,
    Head,
    Body,
    Over,
}

impl Form {
    /// A form whose media type (the request's `Content-Type`) names a boundary.
    pub(crate) fn new(content_type: &str) -> Option<Self> {
        let (media_type, parameters) = content_type.split_once(';')?;
        if !media_type
            .trim()
            .eq_ignore_ascii_case("multipart/form-data")
        {
            return None;
        }
        let boundary = parameter(parameters, "boundary")?;
        // RFC 2046 §5.1.1.
        if boundary.is_empty() || boundary.len() > 70 {
            return None;
        }
        Some(Self {
            delimiter: [b"\r\n--", boundary.as_bytes()].concat(),
            // The first boundary needs no line before it.
            buffer: b"\r\n".to_vec(),
            state: State::Preamble,
            parts: 0,
        })
    }

    /// Takes the next octets.
    pub(crate) fn push(&mut self, octets: &[u8], on: &mut Vec<Event>) -> Result<(), BadForm> {
        if self.state == State::Over {
            return Ok(());
        }
        self.buffer.extend_from_slice(octets);
        while self.step(on)? {}
        Ok(())
    }

    /// The request is over.
    pub(crate) fn finish(&self) -> Result<(), BadForm> {
        if self.state == State::Over {
            Ok(())
        } else {
            Err(BadForm::Truncated)
        }
    }

    /// One step; `false`: more octets are needed.
    fn step(&mut self, on: &mut Vec<Event>) -> Result<bool, BadForm> {
        match self.state {
            State::Preamble => self.preamble(),
            State::Boundary => self.boundary(),
            State::Head => self.head(on),
            State::Body => Ok(self.body(on)),
            State::Over => {
                self.buffer.clear();
                Ok(false)
            }
        }
    }

    fn preamble(&mut self) -> Result<bool, BadForm> {
        match place(&self.buffer, &self.delimiter) {
            Place::At(place) => {
                self.buffer.drain(..place + self.delimiter.len());
                self.state = State::Boundary;
                Ok(true)
            }
            Place::NotBefore(_) if self.buffer.len() > PREAMBLE_OCTETS_MAX => {
                Err(BadForm::NoBoundary)
            }
            Place::NotBefore(_) => Ok(false),
        }
    }

    fn boundary(&mut self) -> Result<bool, BadForm> {
        if self.buffer.starts_with(b"--") {
            self.state = State::Over;
            return Ok(true);
        }
        // Blanks may stand at the end of its line.
        let blanks = self.buffer.iter().take_while(|o| matches!(o, b' ' | b'\t'));
        let blanks = blanks.count();
        match self.buffer[blanks..] {
            [b'\r', b'\n', ..] => {
                self.parts += 1;
                if self.parts > PARTS_MAX {
                    return Err(BadForm::TooManyParts);
                }
                // The line's end stays: a head without lines ends with the very next one.
                self.buffer.drain(..blanks);
                self.state = State::Head;
                Ok(true)
            }
            [] | [b'\r'] if blanks < HEAD_OCTETS_MAX => Ok(false),
            [b'-'] if blanks == 0 => Ok(false),
            _ => Err(BadForm::NoBoundary),
        }
    }

    fn head(&mut self, on: &mut Vec<Event>) -> Result<bool, BadForm> {
        let Some(end) = self.buffer.windows(4).position(|four| four == b"\r\n\r\n") else {
            return if self.buffer.len() > HEAD_OCTETS_MAX {
                Err(BadForm::BadHead)
            } else {
                Ok(false)
            };
        };
        let part = part(&self.buffer[..end]).ok_or(BadForm::BadHead)?;
        on.push(Event::Begin(part));
        self.buffer.drain(..end + 4);
        self.state = State::Body;
        Ok(true)
    }

    fn body(&mut self, on: &mut Vec<Event>) -> bool {
        let (length, found) = match place(&self.buffer, &self.delimiter) {
            Place::At(place) => (place, true),
            Place::NotBefore(place) => (place, false),
        };
        if length > 0 {
            on.push(Event::Data(self.buffer[..length].to_vec()));
        }
        self.buffer.drain(..length);
        if found {
            self.buffer.drain(..self.delimiter.len());
            self.state = State::Boundary;
            on.push(Event::End);
        }
        found
    }
}

/// Where a delimiter stands.
enum Place {
    At(usize),
    /// Not before this place; what follows may be its beginning.
    NotBefore(usize),
}

fn place(octets: &[u8], delimiter: &[u8]) -> Place {
    let mut from = 0;
    while let Some(next) = octets[from..].iter().position(|octet| *octet == b'\r') {
        let rest = &octets[from + next..];
        if rest.starts_with(delimiter) {
            return Place::At(from + next);
        }
        if delimiter.starts_with(rest) {
            return Place::NotBefore(from + next);
        }
        from += next + 1;
    }
    Place::NotBefore(octets.len())
}

/// The head of a part. What is not a header is a mistake of the client.
fn part(head: &[u8]) -> Option<Part> {
    let head = str::from_utf8(head).ok()?;
    let mut part = Part::default();
    for line in head.split("\r\n").filter(|line| !line.is_empty()) {
        let (name, value) = line.split_once(':')?;
        let (value, parameters) = value.split_once(';').unwrap_or((value, ""));
        let value = value.trim().to_ascii_lowercase();
        match name.trim().to_ascii_lowercase().as_str() {
            "content-disposition" => part.name = parameter(parameters, "name").unwrap_or_default(),
            "content-type" => part.media_type = value,
            "content-transfer-encoding" => part.encoding = value,
            _ => {}
        }
    }
    Some(part)
}

/// The value of a parameter, quoted or not.
fn parameter(parameters: &str, wanted: &str) -> Option<String> {
    let mut rest = parameters;
    loop {
        let (name, value) = rest.trim_start_matches([';', ' ', '\t']).split_once('=')?;
        let (value, after) = match value.trim_start().strip_prefix('"') {
            Some(quoted) => unquoted(quoted)?,
            None => {
                let (value, after) = value.split_once(';').unwrap_or((value, ""));
                (value.trim().to_owned(), after)
            }
        };
        if name.trim().eq_ignore_ascii_case(wanted) {
            return Some(value);
        }
        rest = after;
    }
}

/// A quoted text up to its closing quote, and what follows.
fn unquoted(quoted: &str) -> Option<(String, &str)> {
    let mut text = String::new();
    let mut letters = quoted.char_indices();
    while let Some((place, letter)) = letters.next() {
        match letter {
            '"' => return Some((text, &quoted[place + 1..])),
            '\\' => match letters.next()?.1 {
                escaped @ ('"' | '\\') => text.push(escaped),
                // File names of Windows come with backslashes that escape nothing.
                other => text.extend(['\\', other]),
            },
            letter => text.push(letter),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const TYPE: &str = "multipart/form-data; boundary=xyz";

    fn read(content_type: &str, body: &[u8], size: usize) -> Result<Vec<Event>, BadForm> {
        let mut form = Form::new(content_type).unwrap();
        let mut events = Vec::new();
        for piece in body.chunks(size) {
            form.push(piece, &mut events)?;
        }
        form.finish()?;
        Ok(events)
    }

    /// Names, media types and bodies, whatever pieces they came in.
    fn parts(body: &[u8]) -> Result<Vec<(String, String, Vec<u8>)>, BadForm> {
        let together = |size| {
            let mut parts = Vec::new();
            for event in read(TYPE, body, size)? {
                match event {
                    Event::Begin(part) => parts.push((part.name, part.media_type, Vec::new())),
                    Event::Data(data) => parts.last_mut().unwrap().2.extend(data),
                    Event::End => {}
                }
            }
            Ok(parts)
        };
        let whole = together(body.len().max(1));
        for size in [1, 2, 3, 7, 100] {
            assert_eq!(together(size), whole, "pieces of {size}");
        }
        whole
    }

    fn part(name: &str, media_type: &str, body: &[u8]) -> (String, String, Vec<u8>) {
        (name.to_owned(), media_type.to_owned(), body.to_owned())
    }

    #[test]
    fn two_parts_as_clients_send_them() {
        let body = b"--xyz\r\nContent-Disposition: form-data; name=\"jsondata\"\r\n\
            Content-Type: application/json; charset=utf-8\r\n\r\n{}\r\n--xyz\r\n\
            content-disposition: form-data; filename=\"a;b=\\\"c\\\".wav\"; name=attachment\r\n\
            CONTENT-TYPE: Audio/WAV\r\n\r\n\r\n--xy\r\n\0\xff\r\n--xyz--\r\n";
        assert_eq!(
            parts(body).unwrap(),
            [
                part("jsondata", "application/json", b"{}"),
                part("attachment", "audio/wav", b"\r\n--xy\r\n\0\xff"),
            ]
        );
    }

    #[test]
    fn preamble_blanks_and_epilogue_are_passed_over() {
        let body = b"hello\r\n--xyz \t\r\n\r\nbody\r\n--xyz\r\n\
            Content-Disposition: form-data; name=empty\r\n\r\n\r\n--xyz--bye\r\n--xyz\r\n";
        assert_eq!(
            parts(body).unwrap(),
            [part("", "", b"body"), part("empty", "", b"")]
        );
        assert_eq!(parts(b"--xyz--").unwrap(), []);
    }

    #[test]
    fn what_is_no_form_is_refused() {
        for (body, bad) in [
            (&b""[..], BadForm::Truncated),
            (b"--xyz", BadForm::Truncated),
            (b"--xyz\r\n\r\nbody", BadForm::Truncated),
            (b"--xyz\r\n\r\nbody\r\n--xyz", BadForm::Truncated),
            (b"--xyz\r\n\r\nbody\r\n--xyz-", BadForm::Truncated),
            (b"--xyzzy\r\n\r\n", BadForm::NoBoundary),
            (b"--xyz\r\nno header\r\n\r\n", BadForm::BadHead),
            (b"--xyz\r\n\xff: \r\n\r\n", BadForm::BadHead),
        ] {
            assert_eq!(parts(body), Err(bad));
        }
        assert_eq!(parts(&[b'x'; 9000]), Err(BadForm::NoBoundary));
        let head = [b"--xyz\r\n", [b'x'; 9000].as_slice()].concat();
        assert_eq!(parts(&head), Err(BadForm::BadHead));
        let many = b"--xyz\r\n\r\n\r\n".repeat(PARTS_MAX + 1);
        assert_eq!(parts(&many), Err(BadForm::TooManyParts));
    }

    #[test]
    fn boundaries_come_quoted_or_not() {
        for content_type in [
            "multipart/form-data; boundary=xyz",
            "Multipart/Form-Data;charset=utf-8; Boundary=\"xyz\" ; x=y",
        ] {
            let body = b"--xyz\r\n\r\n\r\n--xyz--";
            assert_eq!(read(content_type, body, 5).unwrap().len(), 2);
        }
        for content_type in [
            "",
            "application/json",
            "multipart/form-data",
            "multipart/form-data; boundary=",
            "multipart/form-data; boundary=\"open",
            "multipart/mixed; boundary=xyz",
        ] {
            assert!(Form::new(content_type).is_none(), "{content_type}");
        }
        assert!(Form::new(&format!("{TYPE}{}", "x".repeat(70))).is_none());
    }

    proptest! {
        #[test]
        fn octets_never_panic(
            body in prop::collection::vec(any::<u8>(), 0..200),
            wild in "(--xyz|\r\n|-|:|a){0,40}",
        ) {
            for body in [body, wild.into_bytes()] {
                for size in [1, 13, 1000] {
                    let _ = read(TYPE, &body, size);
                }
            }
        }

        #[test]
        fn bodies_come_back(
            bodies in prop::collection::vec("(\r\n--xy|\r|\n|-|x|é){0,20}", 0..5),
        ) {
            let mut sent = Vec::new();
            for body in &bodies {
                sent.extend(b"--xyz\r\n\r\n");
                sent.extend(body.as_bytes());
                sent.extend(b"\r\n");
            }
            sent.extend(b"--xyz--");
            // A body that holds the boundary is one that no client chooses.
            prop_assume!(bodies.iter().all(|body| !format!("{body}\r\n").contains("\r\n--xyz")));
            let parts: Vec<_> = parts(&sent).unwrap().into_iter().map(|part| part.2).collect();
            let bodies: Vec<_> = bodies.into_iter().map(String::into_bytes).collect();
            prop_assert_eq!(parts, bodies);
        }
    }
}
