import { PlayerAnalyticsConnector } from "@eyevinn/player-analytics-client-sdk-web";

const video = document.querySelector("video");
const analytics = new PlayerAnalyticsConnector("https://count.example/epas/humas-live");
await analytics.init({ sessionId: crypto.randomUUID() }); // without one, the SDK names no session
analytics.load(video);
video.src = "https://media.example/channel.mp4";
