import Hls from "hls.js";

// CMCD names no device: name it in the address, the same at every playback of this device.
const device = (localStorage.penonton ??= crypto.randomUUID());
const hls = new Hls({
  cmcd: {
    version: 2,
    includeKeys: [],
    eventTargets: [
      {
        url: `https://count.example/cmcd/humas-live?viewer=${encodeURIComponent(device)}`,
        events: ["ps", "t"],
        interval: 30,
      },
    ],
  },
});
hls.loadSource("https://media.example/channel.m3u8");
hls.attachMedia(document.querySelector("video"));
