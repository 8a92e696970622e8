//! What HTTPS and SIP over TLS need from the disk, and whose fault it is when it is not there;
//! read again at SIGHUP, because certificates end and calls should not end with them.

use crate::config::{Certificates, Faults, Https, Settings};
use std::io;
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
    api::Tls::load(&https.certificate, &https.key)
        .map(Some)
        .map_err(|error| settings.fault("http", key_of(&error, https), error.to_string()))
}

fn key_of(error: &api::TlsError, https: &Https) -> &'static str {
    match error {
        api::TlsError::Unreadable { path, .. } if *path == https.key => "tls_key",
        api::TlsError::Unreadable { .. } | api::TlsError::NoCertificate(_) => "tls_certificate",
        api::TlsError::Unusable { .. } => "tls_key",
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
    capture::Tls::load(&files.certificate, &files.key, files.client_ca.as_deref())
        .map(Some)
        .map_err(|error| settings.fault("sip", sip_key_of(&error, files), error.to_string()))
}

fn sip_key_of(error: &capture::TlsError, files: &Certificates) -> &'static str {
    use capture::TlsError::{Authority, NoCertificate, Unreadable, Unusable};
    match error {
        Authority { .. } => "tls_client_ca",
        Unreadable { path, .. } if *path == files.key => "tls_key",
        Unreadable { path, .. } | NoCertificate(path) if *path == files.certificate => {
            "tls_certificate"
        }
        Unreadable { .. } | NoCertificate(_) => "tls_client_ca",
        Unusable { .. } => "tls_key",
    }
}
