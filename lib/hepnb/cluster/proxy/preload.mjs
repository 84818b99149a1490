// What is set before the proxy starts: how long a request may take, what happens where a port is taken, and what the log
// looks like.
//
// Node gives a request five minutes to arrive as a whole, which cuts long uploads off, and then lets one that stands
// still stay. Here a request may take as long as it likes, as long as something of it moves.
import http from "node:http";
import https from "node:https";
import { stripVTControlCharacters } from "node:util";

const STANDSTILL = Number(process.env.HEPNB_PROXY_STANDSTILL ?? 120) * 1000; // [ms]

function prepared(createServer) {
  return (...args) => {
    const server = createServer(...args);
    server.on("error", end); // the proxy would log it and go on, without listening
    server.requestTimeout = 0;
    server.on("request", (request) => {
      const { socket } = request;
      socket.setTimeout(STANDSTILL); // Node then closes the connection
      request.once("end", () => socket.setTimeout(0)); // the answer may take long
    });
    return server;
  };
}

function end(error) {
  console.error(`The proxy cannot listen: ${error.message}.`);
  process.exit(1);
}

http.createServer = prepared(http.createServer);
https.createServer = prepared(https.createServer);

// The proxy colours its log, also in files.
if (!process.stdout.isTTY) {
  const write = process.stdout.write.bind(process.stdout);
  process.stdout.write = (text, ...more) => write(typeof text === "string" ? stripVTControlCharacters(text) : text, ...more);
}
