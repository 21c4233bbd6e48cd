//! The program that a page loads. A server uses the library.

fn main() {
    #[cfg(target_arch = "wasm32")]
    test_app_yew::start();
}
