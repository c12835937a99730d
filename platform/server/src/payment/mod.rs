//! Collecting a bill: attempts, capture, closing; every unknown outcome asked again until it is known.
