//! Forms of functions and bodies that the macros take.
extern crate design_completion as design;
use design as d;

struct Owner(u32);

impl Owner {
    #[d::task_fn]
    async fn by_reference(&self, other: &u32) -> u32 {
        let _ = d::yield_now().await;
        self.0 + other
    }

    #[d::task_fn]
    async fn by_value(mut self, _unused: String) -> Result<Self, d::Error> {
        d::yield_now().await?;
        self.0 += 1;
        Ok(self)
    }
}

/// Methods of traits work as long as the trait is not made an object.
trait Source {
    fn next(&mut self) -> impl d::Op<Output = Option<u32>>;
}

impl Source for Owner {
    #[d::task_fn]
    async fn next(&mut self) -> Option<u32> {
        let _ = d::yield_now().await;
        self.0.checked_sub(1)
    }
}

#[d::task_fn]
async fn generic<T: Clone, const N: usize>(values: &[T; N], (a, _): (u32, u32)) -> Vec<T>
where
    T: PartialEq,
{
    if let Ok(()) = d::sleep(a).await {
        values.to_vec()
    } else {
        Vec::new()
    }
}

fn recursive(depth: u32) -> d::Boxed<'static, u32> {
    d::boxed(d::task!(async move {
        if depth == 0 { 0 } else { recursive(depth - 1).await + 1 }
    }))
}

fn main() {
    let world = Box::leak(Box::new(contract::World::new()));
    d::block_on(
        world,
        d::task!(async {
            let owner = Owner(3);
            let sum = owner.by_reference(&4).await;
            assert_eq!(sum, 7);
            let mut owner = owner.by_value(String::new()).await.expect("not cancelled");
            let next = owner.next().await;
            assert_eq!(next, Some(3));
            let values = generic(&[1, 2], (1, 2)).await;
            assert_eq!(values, [1, 2]);
            let depth = recursive(5).await;
            assert_eq!(depth, 5);
        }),
    );
}
