//! What tests ask a running recorder over HTTP.
//!
//! It must never pass over an answer that is not what was asked for: that fails the test.

use std::time::Duration;

use serde_json::Value;

use super::{Server, password};
use crate::{PATIENCE, RECORDINGS, Response, http, wait_for};

impl Server {
    /// GET without credentials.
    #[must_use]
    pub fn get(&self, path: &str) -> Response {
        http::request(self.http, "GET", path, &[])
    }

    /// GET as a user made with [`crate::System::add_user`].
    #[must_use]
    pub fn get_as(&self, user: &str, path: &str) -> Response {
        let credentials = http::basic(user, &password(user));
        http::request(self.http, "GET", path, &[("Authorization", &credentials)])
    }

    /// POST of JSON as a user made with [`crate::System::add_user`].
    #[must_use]
    pub fn post_as(&self, user: &str, path: &str, body: &str) -> Response {
        let credentials = http::basic(user, &password(user));
        http::post(self.http, path, &credentials, body)
    }

    /// The list as this user sees it.
    ///
    /// # Panics
    /// When the answer is not 200.
    #[must_use]
    pub fn list(&self, user: &str) -> Vec<Value> {
        let answer = self.get_as(user, RECORDINGS);
        assert_eq!(answer.status, 200, "{}", answer.text());
        answer.json()["recordings"].as_array().unwrap().clone()
    }

    /// Get Recording for the whole list, as soon as it has `count` entries.
    ///
    /// # Panics
    /// When it never has, or has more.
    #[must_use]
    pub fn recordings(&self, user: &str, count: usize) -> Vec<Value> {
        self.recordings_within(PATIENCE, user, count)
    }

    /// Like [`Server::recordings`], with another limit.
    ///
    /// # Panics
    /// When the list never has so many entries, or has more.
    #[must_use]
    pub fn recordings_within(&self, limit: Duration, user: &str, count: usize) -> Vec<Value> {
        let list = wait_for(&format!("{count} recordings"), limit, || {
            Some(self.list(user)).filter(|list| list.len() >= count)
        });
        assert_eq!(list.len(), count, "{list:?}");
        list.iter()
            .map(|row| self.detail(user, row["id"].as_str().unwrap()))
            .collect()
    }

    /// Get Recording.
    ///
    /// # Panics
    /// When the answer is not 200.
    #[must_use]
    pub fn detail(&self, user: &str, id: &str) -> Value {
        let answer = self.get_as(user, &format!("{RECORDINGS}/{id}"));
        assert_eq!(answer.status, 200, "{}", answer.text());
        answer.json()
    }

    /// The quality report of a recording.
    ///
    /// # Panics
    /// When the answer is not 200.
    #[must_use]
    pub fn quality(&self, user: &str, detail: &Value) -> Value {
        let id = detail["id"].as_str().unwrap();
        let answer = self.get_as(user, &format!("/api/v1/recordings/{id}/quality"));
        assert_eq!(answer.status, 200, "{}", answer.text());
        answer.json()
    }

    /// Downloads a recording; size and hash must be those of Get Recording.
    ///
    /// # Panics
    /// When they are not.
    #[must_use]
    pub fn media(&self, user: &str, detail: &Value) -> Vec<u8> {
        let path = format!("{RECORDINGS}/{}/Media", detail["id"].as_str().unwrap());
        let answer = self.get_as(user, &path);
        assert_eq!(answer.status, 200, "{}", answer.text());
        assert_eq!(detail["size"], answer.body.len(), "size of {detail}");
        assert_eq!(
            detail["hash"]["SHA256"],
            crate::sha256_hex(&answer.body),
            "hash of {detail}"
        );
        answer.body
    }
}
