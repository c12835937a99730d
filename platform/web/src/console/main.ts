// Starts the console.

import { mount } from "svelte";

import App from "./App.svelte";
import "./console.css";

const target = document.getElementById("console");
if (target !== null) mount(App, { target });
