import Hls from "hls.js";

const hls = new Hls({
  cmcd: {
    version: 2,
    includeKeys: [], // nothing on the media requests themselves
    eventTargets: [
      { url: "https://count.example/cmcd/humas-live", events: ["ps", "t"], interval: 30 },
    ],
  },
});
hls.loadSource("https://media.example/channel.m3u8");
hls.attachMedia(document.querySelector("video"));
