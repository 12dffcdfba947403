//! One process at a time in one folder, where a second one should wait and not give up.
//!
//! The lock is the kernel's (`flock`) on a file that stays: it ends with its process however that ends.

use std::fs::{File, OpenOptions, TryLockError};
use std::path::Path;
use std::time::Duration;

use crate::cancel::Cancel;
use crate::error::IoError;

/// How often a waiting process looks again.
const LOOK: Duration = Duration::from_millis(50);

/// A held lock; it ends with the value.
#[derive(Debug)]
pub struct Exclusive {
    /// `None` on file systems that know no locks.
    _file: Option<File>,
}

impl Exclusive {
    /// Waits until this process is the only one that holds the lock of this file, or until somebody cancels. `waiting` is called once if
    /// there is somebody to wait for. The folder must be there; the file is made when it is not.
    pub fn take(path: &Path, cancel: &Cancel, waiting: impl FnOnce()) -> Result<Exclusive, IoError> {
        const ACTION: &str = "lock";
        let opened = OpenOptions::new().write(true).create(true).truncate(false).open(path);
        let file = opened.map_err(|error| IoError::from_io(ACTION, path, &error))?;
        let mut waiting = Some(waiting);
        loop {
            match file.try_lock() {
                Ok(()) => return Ok(Exclusive { _file: Some(file) }),
                Err(TryLockError::Error(_)) => return Ok(Exclusive { _file: None }),
                Err(TryLockError::WouldBlock) => {}
            }
            if cancel.is_cancelled() {
                return Err(IoError::cancelled(ACTION, path));
            }
            if let Some(waiting) = waiting.take() {
                waiting();
            }
            std::thread::sleep(LOOK);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::IoErrorKind;
    use crate::tests::Sandbox;
    use std::sync::mpsc::channel;

    #[test]
    fn the_second_waits_for_the_first_or_is_cancelled() {
        let sandbox = Sandbox::empty();
        let path = sandbox.at("lock");
        let none = Cancel::new();
        let first = Exclusive::take(&path, &none, || panic!("nobody is there")).unwrap();
        let (send, receive) = channel();
        std::thread::scope(|scope| {
            let second = scope.spawn(|| Exclusive::take(&path, &none, || send.send(()).unwrap()).map(drop));
            receive.recv().unwrap();
            drop(first);
            second.join().unwrap().unwrap();
        });
        let _held = Exclusive::take(&path, &none, || ()).unwrap();
        let cancel = Cancel::new();
        let stopped = Exclusive::take(&path, &cancel, || cancel.cancel()).map(drop);
        assert_eq!(stopped.unwrap_err().kind, IoErrorKind::Cancelled);
    }
}
