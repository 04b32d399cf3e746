// A certified OpenID Connect provider on the loopback, for tests: node provider.mjs REDIRECT_URI.
// It prints its issuer once it listens.  Whoever signs in as NAME is the subject NAME; addresses
// that begin with "unverified" are not verified.  Any password will do.
import http from "node:http";
import Provider from "oidc-provider";

const server = http.createServer();
server.listen(0, "127.0.0.1", () => {
  const issuer = `http://127.0.0.1:${server.address().port}`;
  const provider = new Provider(issuer, {
    clients: [{
      client_id: "matchmaker",
      client_secret: "a-client-secret-for-tests-only",
      redirect_uris: [process.argv[2]],
    }],
    claims: { email: ["email", "email_verified"], profile: ["name"] },
    conformIdTokenClaims: false, // claims of the scopes stand in the ID token
    cookies: { keys: ["a-cookie-key-for-tests-only"] },
    pkce: { required: () => true },
    findAccount: (_, subject) => ({
      accountId: subject,
      claims: () => ({
        sub: subject,
        name: "Made-up person",
        email: `${subject}@city.example`,
        email_verified: !subject.startsWith("unverified"),
      }),
    }),
  });
  server.on("request", provider.callback());
  console.log(issuer);
});
