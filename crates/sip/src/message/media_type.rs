//! Media types as they stand in Content-Type: `multipart/mixed;boundary=x`.

use super::params::Params;

/// A media type with its parameters.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct MediaType {
    /// Type and subtype in lower case, without blanks: `application/sdp`.
    pub essence: String,
    /// The parameters, such as `boundary` and `charset`.
    pub params: Params,
}

impl MediaType {
    /// Reads the value of a Content-Type header; never fails, an empty text has no essence.
    pub fn parse(text: &str) -> Self {
        let (essence, params) = text.split_once(';').unwrap_or((text, ""));
        let essence = essence
            .chars()
            .filter(|character| !character.is_whitespace());
        Self {
            essence: essence.collect::<String>().to_lowercase(),
            params: Params::parse(params),
        }
    }

    /// Whether the body consists of parts.
    pub fn is_multipart(&self) -> bool {
        self.essence.starts_with("multipart/")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_and_blanks_do_not_matter() {
        let media_type = MediaType::parse("Multipart / Mixed ; Boundary=\"a b\"");
        assert_eq!(media_type.essence, "multipart/mixed");
        assert_eq!(media_type.params.get("boundary"), Some(Some("a b")));
        assert!(media_type.is_multipart());
        assert_eq!(
            MediaType::parse("application/SDP").essence,
            "application/sdp"
        );
        assert_eq!(MediaType::parse("").essence, "");
    }
}
