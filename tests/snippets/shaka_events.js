// Not for use: what the test shows Shaka to leave out of its events.
import shaka from "shaka-player";

const player = new shaka.Player();
player.configure({
  cmcd: {
    enabled: true,
    version: 2,
    includeKeys: ["sid", "sta"],
    eventTargets: [
      { enabled: true, url: "https://count.example/cmcd/humas-live", events: ["ps", "t"], interval: 30 },
    ],
  },
});
await player.attach(document.querySelector("video"));
await player.load("https://media.example/channel.mpd");
