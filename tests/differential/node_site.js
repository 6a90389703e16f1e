// The site of differential_apps.py on Node's http server: node node_site.js PORT
const http = require("node:http");
const crypto = require("node:crypto");

const big = Buffer.from("0123456789abcdef".repeat(3 * 65536));
const text = ["Content-Type", "text/plain"];
const pages = {
  "/plain": [200, [...text, "Content-Length", "5", "Set-Cookie", "a=1; Path=/", "X-Dup", "2, 3",
                   "Set-Cookie", "b=2; Path=/", "X-Dup", "1"], ["hello"]],
  "/odd": [200, ["X-Latin", "caf\u00e9", "X-Quoted", '"a, b";q=0.5', "x-lower", "y", "X-UPPER", "z", "X-Tab", "a\tb",
                 "Content-Length", "0"], []],
  "/streamed": [200, text, Array(20).fill(["one ", "two ", "three"]).flat()],
  "/big": [200, [...text, "Content-Length", String(big.length)], [big]],
  "/nothing": [204, ["X-Empty", "yes"], []],
  "/moved": [302, ["Location", "/plain?from=moved", "Content-Length", "0"], []],
  "/broken": [500, [...text, "Content-Length", "6"], ["broken"]],
  "/cached": [200, ["ETag", '"v1"', "Content-Length", "6"], ["cached"]],
};

http.createServer((request, response) => {
  const pieces = [];
  request.on("data", (piece) => pieces.push(piece));
  request.on("end", () => {
    const body = Buffer.concat(pieces);
    const path = request.url.split("?")[0];
    let page = pages[path] || [404, [...text, "Content-Length", "4"], ["none"]];
    if (path === "/cached" && request.headers["if-none-match"] === '"v1"') page = [304, ["ETag", '"v1"'], []];
    if (path === "/echo") {
      const headers = [];
      for (let i = 0; i < request.rawHeaders.length; i += 2) headers.push(request.rawHeaders.slice(i, i + 2));
      const said = JSON.stringify({ method: request.method, target: request.url, headers, length: body.length,
                                    sha: crypto.createHash("sha256").update(body).digest("hex") });
      page = [200, ["Content-Type", "application/json", "Content-Length", String(Buffer.byteLength(said))], [said]];
    }
    response.writeHead(page[0], page[1]);
    if (request.method !== "HEAD") for (const piece of page[2]) response.write(piece);
    response.end();
  });
}).listen(Number(process.argv[2]), "127.0.0.1");
