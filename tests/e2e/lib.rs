//! Whole-system tests. Each folder beside this file is one test program; each test is a sentence.
