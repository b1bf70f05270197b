// A socket belongs to the driver of its thread, and so do its operations.

use design_rent as d;

fn on_another_thread<T: Send>() {}

fn main() {
    on_another_thread::<d::Conn>();
    on_another_thread::<d::Read<'static, Vec<u8>>>();
}
