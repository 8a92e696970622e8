//! The listeners of HTTP and HTTPS: one router behind both.
//!
//! Neither sends people to the other: a redirect would lose the sign-in of programs.

use crate::config::Settings;
use anyhow::Context as _;
use api::Tls;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

/// A listener at work.
pub(super) struct Web {
    /// Its key in the ready line.
    pub(super) key: &'static str,
    /// Where it listens.
    pub(super) address: SocketAddr,
    stop: oneshot::Sender<()>,
    serving: JoinHandle<std::io::Result<()>>,
}

/// Binds every listener of the settings and serves on it.
///
/// # Errors
/// Names the setting whose address cannot be bound.
pub(super) async fn start(
    settings: &Settings,
    tls: Option<Tls>,
    mut options: api::Options,
) -> anyhow::Result<Vec<Web>> {
    let https = settings.http.https.as_ref().map(|https| https.listen);
    let plain = bind(settings.http.listen, "http.listen").await?;
    let secure = bind(https, "http.https_listen").await?;
    if plain.is_none() && secure.is_none() {
        return Ok(Vec::new());
    }
    for (kind, bound) in [("http", &plain), ("https", &secure)] {
        let address = bound.as_ref().map(|(_, address)| *address);
        let listener = address.map(|address| api::Listener { kind, address });
        options.listeners.extend(listener);
    }
    let router = api::router(options);
    let mut webs = Vec::new();
    if let Some((listener, address)) = plain {
        let (stop, stopped) = stopper();
        let serving = tokio::spawn(api::serve(listener, router.clone(), stopped));
        webs.push(Web {
            key: "http",
            address,
            stop,
            serving,
        });
    }
    if let (Some((listener, address)), Some(tls)) = (secure, tls) {
        let (stop, stopped) = stopper();
        let serving = tokio::spawn(api::serve_tls(listener, tls, router, stopped));
        webs.push(Web {
            key: "https",
            address,
            stop,
            serving,
        });
    }
    Ok(webs)
}

async fn bind(
    address: Option<SocketAddr>,
    key: &str,
) -> anyhow::Result<Option<(TcpListener, SocketAddr)>> {
    let Some(address) = address else {
        return Ok(None);
    };
    let listener = TcpListener::bind(address)
        .await
        .with_context(|| format!("cannot listen on {address} (`{key}`)"))?;
    let bound = listener.local_addr()?;
    Ok(Some((listener, bound)))
}

fn stopper() -> (oneshot::Sender<()>, impl Future<Output = ()>) {
    let (stop, stopped) = oneshot::channel::<()>();
    let stopped = async move {
        let _ = stopped.await;
    };
    (stop, stopped)
}

impl Web {
    /// Takes no more connections and lets answers under way end, for at most `limit`.
    pub(super) async fn stop(self, limit: Duration) {
        let _ = self.stop.send(());
        let _ = tokio::time::timeout(limit, self.serving).await;
    }
}
