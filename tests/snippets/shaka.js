import shaka from "shaka-player";

const player = new shaka.Player();
player.configure({
  cmcd: {
    enabled: true,
    version: 2,
    includeKeys: ["sid", "sta"], // also what the media requests carry: Shaka needs one list for both
    eventTargets: [
      { enabled: true, url: "https://count.example/cmcd/humas-live", events: ["ps", "t"], interval: 30 },
    ],
  },
});
await player.attach(document.querySelector("video"));
await player.load("https://media.example/channel.mpd");
