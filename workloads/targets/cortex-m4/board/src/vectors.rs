//! The board's interrupt vectors.

/// One entry of the vector table.
union Vector {
    handler: unsafe extern "C" fn(),
    reserved: usize,
}

unsafe extern "C" {
    fn DefaultHandler();
    fn TIMER1();
    fn DUALTIMER();
}

const UNUSED: Vector = Vector { handler: DefaultHandler };

/// Interrupts 0 to 31 of mps2-an386: timer 1 is number 9, the dual timer number 10.
// SAFETY: the start-up code takes the table by this name and from this section; it is an
// array of words, as the architecture wants it.
#[unsafe(no_mangle)]
#[unsafe(link_section = ".vector_table.interrupts")]
static __INTERRUPTS: [Vector; 32] = {
    let mut table = [const { UNUSED }; 32];
    table[9] = Vector { handler: TIMER1 };
    table[10] = Vector { handler: DUALTIMER };
    table[31] = Vector { reserved: 0 };
    table
};
