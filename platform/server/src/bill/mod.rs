//! What a passenger owes for one hire: opened for exactly what the car stated, settled once.
