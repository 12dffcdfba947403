//! Faults on purpose: the n-th operation that changes something fails, or kills the process.
//!
//! Without the feature `faults` (and outside of this crate's own tests) nothing of this exists at run time.

use std::io;

#[cfg(any(test, feature = "faults"))]
use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

/// What happens at the chosen operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// The process aborts, as if killed.
    Kill,
    /// The operation fails with "no space left on device".
    NoSpace,
    /// The operation fails with "input/output error".
    Io,
    /// The operation succeeds, after somebody pressed Ctrl-C and the handler had time to hear of it.
    Interrupt,
}

/// Counts the mutating operations of all its clones and makes one of them fail. The default is [`Faults::of_process`], so that whoever
/// says nothing about faults meets those that the process was asked to meet.
#[derive(Debug, Clone)]
pub struct Faults {
    #[cfg(any(test, feature = "faults"))]
    inner: Option<Arc<Inner>>,
}

#[cfg(any(test, feature = "faults"))]
#[derive(Debug, Default)]
struct Inner {
    fault: Option<Fault>,
    /// The first operation that fails, from 1.
    at: u64,
    /// Whether all later ones fail too, as on a device that is gone.
    onwards: bool,
    count: AtomicU64,
}

impl Default for Faults {
    fn default() -> Self {
        Faults::of_process()
    }
}

impl Faults {
    /// No fault and no counting.
    pub fn none() -> Self {
        Faults {
            #[cfg(any(test, feature = "faults"))]
            inner: None,
        }
    }

    /// What `CATALYST_FAULT` asks for; nothing unless this crate has the feature `faults`. Read once: all calls share one counter.
    #[cfg(feature = "faults")]
    pub fn of_process() -> Self {
        static PROCESS: std::sync::OnceLock<Faults> = std::sync::OnceLock::new();
        let read = || {
            let variables = crate::env::EnvVars::read();
            variables.text(crate::env::Var::Fault).and_then(Faults::parse).unwrap_or_else(Faults::none)
        };
        PROCESS.get_or_init(read).clone()
    }

    /// What `CATALYST_FAULT` asks for; nothing unless this crate has the feature `faults`. Read once: all calls share one counter.
    #[cfg(not(feature = "faults"))]
    pub fn of_process() -> Self {
        Faults::none()
    }

    #[cfg(not(any(test, feature = "faults")))]
    #[inline]
    pub(crate) fn step(&self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(any(test, feature = "faults"))]
impl Faults {
    /// Counts only.
    pub fn counting() -> Self {
        Faults { inner: Some(Arc::default()) }
    }

    /// Operation number `at` (from 1) meets the fault; the others succeed.
    pub fn once(fault: Fault, at: u64) -> Self {
        Faults { inner: Some(Arc::new(Inner { fault: Some(fault), at, ..Inner::default() })) }
    }

    /// Operation number `at` (from 1) and all later ones meet the fault.
    pub fn onwards(fault: Fault, at: u64) -> Self {
        Faults { inner: Some(Arc::new(Inner { fault: Some(fault), at, onwards: true, ..Inner::default() })) }
    }

    /// Reads `kill:<n>`, `enospc:<n>`, `eio:<n>` or `interrupt:<n>`; a `+` at the end means "and all later ones".
    pub fn parse(text: &str) -> Option<Self> {
        let (fault, at) = text.split_once(':')?;
        let fault = match fault {
            "kill" => Fault::Kill,
            "enospc" => Fault::NoSpace,
            "eio" => Fault::Io,
            "interrupt" => Fault::Interrupt,
            _ => return None,
        };
        Some(match at.strip_suffix('+') {
            Some(at) => Faults::onwards(fault, at.parse().ok()?),
            None => Faults::once(fault, at.parse().ok()?),
        })
    }

    /// Mutating operations that were started so far.
    pub fn count(&self) -> u64 {
        self.inner.as_ref().map_or(0, |inner| inner.count.load(Ordering::SeqCst))
    }

    /// Called before each operation.
    pub(crate) fn step(&self) -> io::Result<()> {
        let Some(inner) = &self.inner else { return Ok(()) };
        let now = inner.count.fetch_add(1, Ordering::SeqCst) + 1;
        if now < inner.at || (now > inner.at && !inner.onwards) {
            return Ok(());
        }
        match inner.fault {
            None => Ok(()),
            Some(Fault::Kill) => std::process::abort(),
            Some(Fault::NoSpace) => Err(rustix::io::Errno::NOSPC.into()),
            Some(Fault::Io) => Err(rustix::io::Errno::IO.into()),
            Some(Fault::Interrupt) => {
                rustix::process::kill_process(rustix::process::getpid(), rustix::process::Signal::INT)?;
                // Handlers of Ctrl-C run in a thread of their own.
                std::thread::sleep(std::time::Duration::from_millis(500));
                Ok(())
            }
        }
    }
}
