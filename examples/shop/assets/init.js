// The document of this shop. Nothing is asked of any other host: no validator, no external fonts or schemas.
SwaggerUIBundle({
  url: "/shop/openapi.json",
  dom_id: "#swagger-ui",
  deepLinking: true,
  displayRequestDuration: true,
  tryItOutEnabled: true,
  validatorUrl: null,
  queryConfigEnabled: false,
  presets: [SwaggerUIBundle.presets.apis],
});
