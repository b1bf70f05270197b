//! The report as a reader and as a caller find it, over records written for the purpose.

mod command;
mod costs;
mod fixture;
mod pages;
