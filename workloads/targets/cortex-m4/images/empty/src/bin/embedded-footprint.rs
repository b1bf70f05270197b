#![no_std]
#![no_main]
#![recursion_limit = "512"]
board::image! { suite::embedded_footprint::CASES; "a" = 20 }
