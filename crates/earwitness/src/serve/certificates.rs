//! What HTTPS and SIP over TLS need from the disk, and whose fault it is when it is not there;
//! read again at SIGHUP, because certificates end and calls should not end with them.

use crate::config::{Faults, Settings};
use ::certificates::Error;
use std::io;
use std::path::Path;
use std::sync::Arc;
use tokio::signal::unix::{SignalKind, signal};

/// Certificates and keys in use.
#[derive(Clone)]
pub(super) struct Secured {
    pub(super) https: Option<api::Tls>,
    pub(super) sip: Option<capture::Tls>,
}

impl Secured {
    /// Reads what the settings name.
    ///
    /// # Errors
    /// Names the setting whose file cannot be used.
    pub(super) fn load(settings: &Settings) -> Result<Self, Faults> {
        Ok(Self {
            https: tls(settings)?,
            sip: sip_tls(settings)?,
        })
    }

    /// Reads the same files again at each SIGHUP, for connections that begin afterwards. What
    /// cannot be used changes nothing, and is said.
    ///
    /// # Errors
    /// When signals cannot be listened to.
    pub(super) fn renew_when_told(&self, settings: Arc<Settings>) -> io::Result<()> {
        let mut told = signal(SignalKind::hangup())?;
        let used = self.clone();
        tokio::spawn(async move {
            while told.recv().await.is_some() {
                match Self::load(&settings) {
                    Ok(read) => used.renew(&read),
                    Err(fault) => tracing::error!(%fault, "certificates stay as they were"),
                }
            }
        });
        Ok(())
    }

    fn renew(&self, read: &Self) {
        if let (Some(used), Some(read)) = (&self.https, &read.https) {
            used.renew(read);
        }
        if let (Some(used), Some(read)) = (&self.sip, &read.sip) {
            used.renew(read);
        }
        tracing::info!("told by SIGHUP: certificates are read again");
    }
}

/// Certificate and key of the settings, where HTTPS is wanted.
///
/// # Errors
/// Names the setting whose file cannot be used.
pub(crate) fn tls(settings: &Settings) -> Result<Option<api::Tls>, Faults> {
    let Some(https) = &settings.http.https else {
        return Ok(None);
    };
    let (certificate, key) = (&https.certificate, &https.key);
    let fault = |error: Error| {
        let named = key_of(&error, certificate, key);
        settings.fault("http", named, error.to_string())
    };
    api::Tls::load(certificate, key).map(Some).map_err(fault)
}

/// The setting whose file cannot be used.
fn key_of(error: &Error, certificate: &Path, key: &Path) -> &'static str {
    match error {
        Error::Authority { .. } => "tls_client_ca",
        Error::Unusable { .. } => "tls_key",
        Error::Unreadable { path, .. } if *path == key => "tls_key",
        Error::Unreadable { path, .. } | Error::NoCertificate(path) if *path == certificate => {
            "tls_certificate"
        }
        Error::Unreadable { .. } | Error::NoCertificate(_) => "tls_client_ca",
    }
}

/// Certificate, key and authorities of the settings, where SIP over TLS is wanted.
///
/// # Errors
/// Names the setting whose file cannot be used.
pub(crate) fn sip_tls(settings: &Settings) -> Result<Option<capture::Tls>, Faults> {
    let wanted = settings.sip.certificates.as_ref();
    let Some(files) = wanted.filter(|_| !settings.sip.tls.is_empty()) else {
        return Ok(None);
    };
    let (certificate, key) = (&files.certificate, &files.key);
    let fault = |error: Error| {
        let named = key_of(&error, certificate, key);
        settings.fault("sip", named, error.to_string())
    };
    capture::Tls::load(certificate, key, files.client_ca.as_deref())
        .map(Some)
        .map_err(fault)
}
