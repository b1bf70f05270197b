//! The drivers of our own executor. Beside the `mod` lines, this is the one place that names those
//! of the machine's time.
//!
//! A driver is a folder beside this file, its `mod` line in `mod.rs`, and a row in the table below.

use core::fmt;
use core::str::FromStr;
use std::boxed::Box;
use std::string::String;

use contract::World;

use crate::driver::Driver;
use crate::driver::real::Real;
use crate::io_error::IoError;

macro_rules! drivers {
    ($($name:ident, $word:literal, $driver:ty;)+) => {
        /// The drivers of our own executor.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
        pub enum Backend {
            /// Virtual time and a scripted environment: runtime `own`.
            #[default]
            Sim,
            $(
                #[doc = concat!("Runtime `", $word, "`.")]
                $name,
            )+
        }

        impl Backend {
            /// All of them.
            pub const ALL: [Backend; 1 + Backend::REAL.len()] =
                [Backend::Sim, $(Backend::$name),+];
            /// Those of the machine's time, in the order in which an island asks for them.
            pub const REAL: [Backend; [$($word),+].len()] = [$(Backend::$name),+];

            fn word(self) -> &'static str {
                match self {
                    Backend::Sim => "own",
                    $(Backend::$name => $word,)+
                }
            }

            pub(super) fn probe(self) -> Result<(), String> {
                match self {
                    Backend::Sim => Ok(()),
                    $(Backend::$name => <$driver as Real>::probe(),)+
                }
            }

            pub(super) fn open(
                self,
                world: Option<&'static World>,
            ) -> Result<Box<dyn Driver>, IoError> {
                match self {
                    Backend::Sim => panic!("the simulated driver is made from a world"),
                    $(Backend::$name => Ok(Box::new(<$driver as Real>::open(world)?)),)+
                }
            }
        }
    };
}

drivers! {
    Uring, "own-uring", crate::driver::uring::Uring;
    Epoll, "own-epoll", crate::driver::epoll::Epoll;
}

impl fmt::Display for Backend {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

/// A word that names no driver.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnknownBackend;

impl fmt::Display for UnknownBackend {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not one of own")?;
        Backend::REAL.iter().try_for_each(|driver| write!(f, ", {driver}"))
    }
}

impl core::error::Error for UnknownBackend {}

impl FromStr for Backend {
    type Err = UnknownBackend;

    fn from_str(word: &str) -> Result<Backend, UnknownBackend> {
        Backend::ALL.into_iter().find(|known| known.word() == word).ok_or(UnknownBackend)
    }
}
