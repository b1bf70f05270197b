//! The operations of the completion face, a file each, and the table of them.
//!
//! The file of an operation says what a driver may ask of it (module `operation`): how a ring is
//! told of it, what is waited for where there is no ring, and the system call that is made then,
//! what its result stands for. No driver names a kind: it asks the table, which is the one place
//! that lists them. So an operation is added by its file and its row, in `operations!` below.

#[cfg(feature = "io")]
pub(crate) mod accept;
#[cfg(feature = "io")]
pub(crate) mod connect;
mod device;
mod open_resource;
mod operation;
#[cfg(feature = "io")]
mod read_at;
#[cfg(feature = "io")]
pub(crate) mod recv;
#[cfg(feature = "io")]
mod recv_provided;
#[cfg(feature = "io")]
pub(crate) mod send;
#[cfg(feature = "io")]
mod write_at;

#[cfg(feature = "io")]
use std::os::fd::RawFd;

#[cfg(feature = "io")]
use rustix::io::Errno;

pub use self::device::Device;
pub use self::open_resource::OpenResource;
use self::operation::Operation;
pub(crate) use self::operation::Yields;
pub use self::operation::{BUSY, UNSUPPORTED};
#[cfg(feature = "io")]
pub(crate) use self::operation::{Entry, Form, Memory, TakeEntry, Waits, Way};
#[cfg(feature = "io")]
pub use self::{
    accept::Accept, connect::Connect, read_at::ReadAt, recv::Recv, recv_provided::RecvProvided,
    send::Send, write_at::WriteAt,
};

macro_rules! operations {
    ($($(#[$on:meta])* $Name:ident;)+) => {
        /// What a completion operation does. Descriptors are plain numbers: the submitter keeps
        /// them open until the end. Results are bytes moved, a descriptor or zero; errors are
        /// negative.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum OpKind {
            $(
                #[doc = concat!("See [`", stringify!($Name), "`](struct@", stringify!($Name), ").")]
                $(#[$on])*
                $Name($Name),
            )+
        }

        $(
            $(#[$on])*
            impl From<$Name> for OpKind {
                #[inline(always)]
                fn from(operation: $Name) -> OpKind {
                    OpKind::$Name(operation)
                }
            }
        )+

        /// What is the same for every kind is folded by the compiler, and what a caller goes on to
        /// do with an answer is done in the arm that gave it: hence the attributes.
        impl OpKind {
            /// See [`Operation::YIELDS`].
            #[inline(always)]
            pub(crate) fn yields(self) -> Yields {
                match self {
                    $($(#[$on])* OpKind::$Name(_) => <$Name as Operation>::YIELDS,)+
                }
            }

            /// See [`Operation::device_ms`].
            #[inline(always)]
            pub(crate) fn device_ms(self) -> Option<u32> {
                match self {
                    $($(#[$on])* OpKind::$Name(operation) => operation.device_ms(),)+
                }
            }
        }

        #[cfg(feature = "io")]
        impl OpKind {
            /// The descriptor that it names, if it names one.
            #[must_use]
            #[inline(always)]
            pub fn fd(self) -> Option<RawFd> {
                match self {
                    $(OpKind::$Name(operation) => operation.fd(),)+
                }
            }

            /// See [`Operation::WAITS`].
            #[inline(always)]
            pub(crate) fn waits(self) -> Waits {
                match self {
                    $(OpKind::$Name(_) => <$Name as Operation>::WAITS,)+
                }
            }

            /// See [`Operation::STREAM`].
            #[inline(always)]
            pub(crate) fn stream(self) -> Option<Way> {
                match self {
                    $(OpKind::$Name(_) => <$Name as Operation>::STREAM,)+
                }
            }

            /// The socket through which bytes come in, if they do.
            #[inline(always)]
            pub(crate) fn receives_from(self) -> Option<RawFd> {
                match self {
                    $(OpKind::$Name(operation) => match <$Name as Operation>::STREAM {
                        Some(Way::In) => operation.fd(),
                        _ => None,
                    },)+
                }
            }

            /// See [`Operation::IN_TURN`].
            #[inline(always)]
            pub(crate) fn in_turn(self) -> bool {
                match self {
                    $(OpKind::$Name(_) => <$Name as Operation>::IN_TURN,)+
                }
            }

            /// Whether it ends with zero because no byte would move: [`Operation::NEEDS_BYTES`].
            #[inline(always)]
            pub(crate) fn moves_nothing(self, memory: Memory) -> bool {
                memory.len == 0
                    && match self {
                        $(OpKind::$Name(_) => <$Name as Operation>::NEEDS_BYTES,)+
                    }
            }

            /// See [`Operation::form`].
            pub(crate) fn form(self, memory: Memory) -> Form {
                match self {
                    $(OpKind::$Name(operation) => operation.form(memory),)+
                }
            }

            /// Gives its entry to `to`. False if it has none of its own; [`OpKind::form`] says what
            /// it has. Every arm writes for itself: so the fields that are the same for all
            /// operations of a kind are written as constants.
            #[inline(always)]
            pub(crate) fn entry(self, memory: Memory, to: impl TakeEntry) -> bool {
                match self {
                    $(OpKind::$Name(operation) => match operation.form(memory) {
                        Form::Entry(entry) => to.take(entry, <$Name as Operation>::STREAM),
                        Form::Named(..) | Form::Refused(_) => return false,
                    },)+
                }
                true
            }

            /// See [`Operation::call`]; zero if it moves nothing.
            ///
            /// # Safety
            /// As of that.
            #[inline(always)]
            pub(crate) unsafe fn call(self, memory: Memory) -> Result<usize, Errno> {
                match self {
                    $(OpKind::$Name(operation) => {
                        if <$Name as Operation>::NEEDS_BYTES && memory.len == 0 {
                            return Ok(0);
                        }
                        // SAFETY: the caller's promise.
                        unsafe { operation.call(memory) }
                    })+
                }
            }
        }
    };
}

operations! {
    Device;
    OpenResource;
    #[cfg(feature = "io")]
    Recv;
    #[cfg(feature = "io")]
    Send;
    #[cfg(feature = "io")]
    Accept;
    #[cfg(feature = "io")]
    Connect;
    #[cfg(feature = "io")]
    ReadAt;
    #[cfg(feature = "io")]
    WriteAt;
    #[cfg(feature = "io")]
    RecvProvided;
}

/// Every leaf has one: a kind that is larger makes the futures of all designs larger.
#[cfg(feature = "io")]
const _: () = assert!(size_of::<OpKind>() == 16);
