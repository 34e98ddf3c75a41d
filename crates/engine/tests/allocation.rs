//! Running allocates nothing once it is warm.

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use heatlens_engine::{CompileOptions, Program};
use heatlens_graph::ops::*;
use heatlens_graph::{DType, Dim, Graph, ModulePath, Tensor};

/// The system's allocator, counting.
struct Counting;

static ALLOCATIONS: AtomicUsize = AtomicUsize::new(0);

// SAFETY: passes everything on to the system's allocator.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATIONS.fetch_add(1, Ordering::Relaxed);
        // SAFETY: the caller's promise.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: the caller's promise.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

#[test]
fn a_warm_session_allocates_nothing() {
    let (mut graph, root) = (Graph::new(), ModulePath::root());
    let shape = [2, 3, 32, 32];
    let mut x = graph.input("x", DType::F32, shape.iter().map(|&n| Dim::Fixed(n)).collect(), &shape);
    for (filters, kernel, stride, group) in [(32, 3, 2, 1), (32, 3, 1, 1), (32, 3, 1, 32), (48, 1, 1, 1), (20, 3, 1, 4)]
    {
        let weight = [filters, graph.shape(x)[1] / group, kernel, kernel];
        let weight = graph.constant("w", Tensor::f32(weight, vec![0.01; weight.iter().product()]));
        let conv =
            Conv { strides: [stride; 2], padding: Padding::symmetric([kernel / 2; 2]), group, ..Conv::default() };
        x = graph.add(conv, &[x, weight], &root).unwrap();
        x = graph.add(Relu, &[x], &root).unwrap();
    }
    x = graph.add(GlobalAveragePool, &[x], &root).unwrap();
    x = graph.add(Softmax { axis: 1 }, &[x], &root).unwrap();
    graph.set_outputs(vec![x]);
    let mut session = Arc::new(Program::compile(&graph, &CompileOptions::default()).unwrap()).session();
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
    // Counted inside the pool: entering it is the caller's affair.
    let allocations = pool.install(|| {
        session.run();
        let before = ALLOCATIONS.load(Ordering::Relaxed);
        session.run();
        ALLOCATIONS.load(Ordering::Relaxed) - before
    });
    assert_eq!(allocations, 0);
}
