// What is borrowed cannot be given away: the operation may outlive its future.

use design_rent as d;

async fn read(stream: &d::Conn) {
    let mut bytes = [0; 16];
    let _read = stream.read(&mut bytes[..]).await;
}

fn main() {}
