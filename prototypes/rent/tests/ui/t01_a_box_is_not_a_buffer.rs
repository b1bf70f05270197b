// A box asserts at every move that nothing else has a pointer to its bytes; a driver has.

use design_rent as d;

async fn read(stream: &d::Conn) {
    let bytes = vec![0_u8; 16].into_boxed_slice();
    let _read = stream.read(bytes).await;
}

fn main() {}
