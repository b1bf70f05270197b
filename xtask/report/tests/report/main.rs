//! The report as a reader and as a caller find it, over records written for the purpose.

mod command;
mod fixture;
mod pages;
mod server;
