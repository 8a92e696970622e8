//! The floor under the API: axum with one route that says hello, on one core.

use crate::say;
use axum::Router;
use axum::routing::get;

/// Serves until it is killed; prints its port.
pub(crate) fn main() -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
        say::line(listener.local_addr()?);
        let hello = Router::new().route("/", get(async || "Hello, World!"));
        Ok(axum::serve(listener, hello).await?)
    })
}
