// The same loop in k6. Bodies are read, which is its default.
import http from 'k6/http';

export const options = {
  scenarios: { items: { executor: 'constant-vus', vus: Number(__ENV.USERS), duration: `${__ENV.SECONDS}s` } },
};

export default function () {
  http.get(`${__ENV.TARGET}/items`);
}
