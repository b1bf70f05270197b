// Handles and scopes belong to the executor of their thread, and their counts are not atomic.

use design_owned as d;

fn on_another_thread<T: Send>() {}

fn main() {
    on_another_thread::<d::Task<u32>>();
    on_another_thread::<d::Scope>();
    on_another_thread::<d::Shared<'static, u32>>();
}
