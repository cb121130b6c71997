import { MediaPlayer } from "dashjs";

const player = MediaPlayer().create();
player.updateSettings({
  streaming: {
    cmcd: {
      enabled: true,
      version: 2,
      enabledKeys: [], // nothing on the media requests themselves
      eventTargets: [
        {
          url: "https://count.example/cmcd/humas-live",
          events: ["ps", "t"],
          interval: 30,
          enabledKeys: ["e", "pt", "sid", "sn", "sta", "ts", "v"],
        },
      ],
    },
  },
});
player.initialize(document.querySelector("video"), "https://media.example/channel.mpd", false);
