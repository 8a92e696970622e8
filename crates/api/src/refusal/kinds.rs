//! The kinds of refusals: a stable name, a status, and a sentence for people.
//!
//! The names are a promise to programs (`code` and the end of `type` in problem details): one
//! is never renamed. The reference page lists them.

use axum::http::StatusCode;

/// One kind.
#[derive(Debug, Eq, PartialEq)]
pub(crate) struct Kind {
    pub(crate) code: &'static str,
    pub(crate) status: StatusCode,
    pub(crate) message: &'static str,
}

macro_rules! kinds {
    ($($name:ident = $code:literal $status:ident $message:literal;)*) => {
        impl Kind {
            $(pub(crate) const $name: Self = Self {
                code: $code,
                status: StatusCode::$status,
                message: $message,
            };)*

            /// All of them, in the order of the reference page.
            pub(crate) const ALL: &[Self] = &[$(Self::$name),*];
        }
    };
}

kinds! {
    BAD_REQUEST = "bad-request" BAD_REQUEST "a part of the request cannot be used as given";
    UNAUTHENTICATED = "unauthenticated" UNAUTHORIZED
        "no authentication provided or wrong user credentials";
    LEVEL_TOO_LOW = "level-too-low" FORBIDDEN "your level does not allow this";
    NOT_YOURS = "not-yours" FORBIDDEN "you have no sufficient privileges to access this recording";
    OUT_OF_SCOPE = "out-of-scope" FORBIDDEN "this token was not made for this";
    NO_CSRF_TOKEN = "no-csrf-token" FORBIDDEN
        "a change made with a session cookie needs the session's X-CSRF-Token";
    PROTECTED = "protected" FORBIDDEN
        "the recording is preserved, on hold or under retention: it cannot be deleted now";
    UNKNOWN_PATH = "unknown-path" NOT_FOUND "there is nothing at this path";
    NOT_FOUND = "not-found" NOT_FOUND "recording does not exist";
    NO_SOUND = "no-sound" NOT_FOUND "this recording has no sound";
    WRONG_METHOD = "wrong-method" METHOD_NOT_ALLOWED "this path does not take this method";
    CONFLICT = "conflict" CONFLICT "something that exists stands against it";
    LAST_ADMINISTRATOR = "last-administrator" CONFLICT
        "nobody would be left who has complete access";
    NO_CALL = "no-call" CONFLICT "no such call is in progress";
    AUTOMATIC = "automatic" CONFLICT "this call is recorded by a rule, whoever asks";
    ALREADY_RECORDED = "already-recorded" CONFLICT "this call is being recorded already";
    KEY_REUSED = "key-reused" CONFLICT
        "this Idempotency-Key came before with another request, or its request still runs";
    DELETED = "deleted" GONE "this recording was deleted";
    CHANGED = "changed" PRECONDITION_FAILED "it has changed since: read it again";
    TOO_LARGE = "too-large" PAYLOAD_TOO_LARGE "the body is larger than this path takes";
    WRONG_TYPE = "wrong-type" UNSUPPORTED_MEDIA_TYPE "this path does not take this Content-Type";
    UNSATISFIABLE = "unsatisfiable" RANGE_NOT_SATISFIABLE "the range lies behind the end";
    SLOW_DOWN = "slow-down" TOO_MANY_REQUESTS "too many wrong passwords: wait before trying again";
    TOO_MANY_REQUESTS = "too-many-requests" TOO_MANY_REQUESTS
        "too many requests: wait before trying again";
    FAULT = "fault" INTERNAL_SERVER_ERROR "something went wrong here";
    NO_RECORDER = "no-recorder" SERVICE_UNAVAILABLE "this node records nothing";
    UNAVAILABLE = "unavailable" SERVICE_UNAVAILABLE "not available now: try again later";
    TOO_SLOW = "too-slow" GATEWAY_TIMEOUT "the answer took too long";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique_and_fit_for_an_address() {
        for (place, kind) in Kind::ALL.iter().enumerate() {
            assert!(
                Kind::ALL[..place]
                    .iter()
                    .all(|other| other.code != kind.code)
            );
            assert!(
                kind.code
                    .bytes()
                    .all(|byte| byte.is_ascii_lowercase() || byte == b'-')
            );
            assert!(kind.status.as_u16() >= 400);
        }
    }
}
