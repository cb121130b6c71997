import shaka from "shaka-player";
import { count } from "./count.js";

const video = document.querySelector("video");
const stop = count(video, "https://count.example", "humas-live");
const player = new shaka.Player();
await player.attach(video);
await player.load("https://media.example/channel.mpd");
