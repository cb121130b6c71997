import { count } from "./count.js";

const video = document.querySelector("video");
const stop = count(video, "https://count.example", "humas-live");
video.src = "https://media.example/channel.mp4";
